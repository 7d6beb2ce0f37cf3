import { useState } from 'react';
import { useConfirm } from '../confirm.tsx';
import { useSurface } from '../surface.tsx';
import { withEmoji } from '../text/emoji.ts';
import { isWebLink } from '../text/mrkdwn.ts';
import type { ElementJson } from './element.ts';

/** Sends a click once; further clicks wait until the app has answered the first, as in Slack. */
export function useClick(element: ElementJson, blockId: string) {
  const surface = useSurface();
  const ask = useConfirm();
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const click = async (value?: string) => {
    if (isBusy) return;
    setFailure(undefined);
    if (!(await ask(element.confirm))) return;
    setIsBusy(true);
    const result = await surface.click(blockId, element.action_id ?? '', value);
    setIsBusy(false);
    if (!result.ok) setFailure(result.error ?? 'refused');
  };
  return { click, isBusy, failure };
}

export function ButtonField({ element, blockId }: { element: ElementJson; blockId: string }) {
  const { click, isBusy, failure } = useClick(element, blockId);
  const style = element.style === 'primary' || element.style === 'danger' ? element.style : '';
  const onClick = () => {
    if (element.url && isWebLink(element.url)) open(element.url, '_blank', 'noopener,noreferrer');
    void click(element.value);
  };
  return (
    <span className="element">
      <button
        type="button"
        className={`button ${style}`}
        aria-label={element.accessibility_label}
        aria-busy={isBusy || undefined}
        aria-disabled={isBusy || undefined}
        onClick={onClick}
      >
        {withEmoji(element.text?.text ?? '')}
      </button>
      {failure && <ClickFailure error={failure} />}
    </span>
  );
}

/** Slack's small warning beside an element whose click the app did not take. */
export function ClickFailure({ error }: { error: string }) {
  return (
    <span className="click-failure" role="alert" title={error}>
      ⚠ {error}
    </span>
  );
}
