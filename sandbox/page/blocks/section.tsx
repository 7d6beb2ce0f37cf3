// biome-ignore-all lint/suspicious/noArrayIndexKey: the parts of one text have no identity but their place
import type { SectionBlock } from '@slack/types';
import { useId } from 'react';
import type { ElementJson } from '../fields/element.ts';
import { Field } from '../fields/field.tsx';
import { TextObjectText } from '../text/mrkdwn-text.tsx';

export function Section({ block }: { block: SectionBlock }) {
  const id = useId();
  return (
    <div className="block block-section">
      <div className="section-text">
        {block.text && (
          <div className="rich">
            <TextObjectText text={block.text} />
          </div>
        )}
        {block.fields && (
          <div className="section-fields">
            {block.fields.map((field, index) => (
              <div key={index} className="rich">
                <TextObjectText text={field} />
              </div>
            ))}
          </div>
        )}
      </div>
      {block.accessory && (
        <div className="section-accessory">
          <Field
            element={block.accessory as ElementJson}
            blockId={block.block_id ?? ''}
            isInput={false}
            id={id}
          />
        </div>
      )}
    </div>
  );
}
