import type { ActionsBlock } from '@slack/types';
import { useId } from 'react';
import type { ElementJson } from '../fields/element.ts';
import { Field } from '../fields/field.tsx';

export function Actions({ block }: { block: ActionsBlock }) {
  const id = useId();
  return (
    <div className="block block-actions">
      {block.elements.map((element, index) => (
        <Field
          key={element.action_id ?? index}
          element={element as ElementJson}
          blockId={block.block_id ?? ''}
          isInput={false}
          id={`${id}-${index}`}
        />
      ))}
    </div>
  );
}
