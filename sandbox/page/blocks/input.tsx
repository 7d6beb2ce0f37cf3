import type { InputBlock } from '@slack/types';
import { useId } from 'react';
import type { ElementJson } from '../fields/element.ts';
import { Field } from '../fields/field.tsx';
import { useSurface } from '../surface.tsx';

/** A labelled field of a modal, with its hint and the error of the last submission. */
export function Input({ block }: { block: InputBlock }) {
  const id = useId();
  const blockId = block.block_id ?? '';
  const error = useSurface().errors[blockId];
  const element = block.element as ElementJson;
  const isGroup = element.type === 'checkboxes' || element.type === 'radio_buttons';
  const describedBy = [error ? `${id}-error` : '', block.hint ? `${id}-hint` : ''].filter(Boolean).join(' ');
  const label = block.label.text;
  return (
    <div className={`block block-input ${error ? 'invalid' : ''}`}>
      <div className="input-label">
        {isGroup ? <span>{label}</span> : <label htmlFor={id}>{label}</label>}
        {block.optional && <span className="optional"> (optional)</span>}
      </div>
      <Field
        element={element}
        blockId={blockId}
        isInput={!block.dispatch_action || !isGroup}
        id={id}
        label={isGroup ? label : ''}
        isInvalid={error !== undefined}
        isRequired={!block.optional}
        {...(describedBy ? { describedBy } : {})}
      />
      {error && (
        <p id={`${id}-error`} className="input-error" role="alert">
          {error}
        </p>
      )}
      {block.hint && (
        <p id={`${id}-hint`} className="input-hint">
          {block.hint.text}
        </p>
      )}
    </div>
  );
}
