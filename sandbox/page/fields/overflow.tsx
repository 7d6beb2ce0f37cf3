import { MoreIcon } from '../icons.tsx';
import { MenuButton } from '../menu.tsx';
import { isWebLink } from '../text/mrkdwn.ts';
import { ClickFailure, useClick } from './button.tsx';
import type { ElementJson } from './element.ts';

export function OverflowField({ element, blockId }: { element: ElementJson; blockId: string }) {
  const { click, isBusy, failure } = useClick(element, blockId);
  const items = (element.options ?? []).map((option) => ({
    key: option.value,
    label: option.text.text,
    description: option.description?.text,
    onSelect: () => {
      if (option.url && isWebLink(option.url)) open(option.url, '_blank', 'noopener,noreferrer');
      void click(option.value);
    },
  }));
  return (
    <span className="element">
      <MenuButton
        label={element.accessibility_label ?? 'More options'}
        className="button icon-only"
        items={items}
        isBusy={isBusy}
      >
        <MoreIcon />
      </MenuButton>
      {failure && <ClickFailure error={failure} />}
    </span>
  );
}
