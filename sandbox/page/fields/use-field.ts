import { useState } from 'react';
import { useConfirm } from '../confirm.tsx';
import { useSurface } from '../surface.tsx';
import { useNames } from '../workspace-context.tsx';
import { clickValue, type ElementJson, type FieldValue, initialValue, wireValue } from './element.ts';

export interface FieldProps {
  element: ElementJson;
  blockId: string;
  /** In an input block a value waits for the submission; elsewhere each change is sent to the app. */
  isInput: boolean;
  /** Document id of the control, which the input block's label names. */
  id: string;
  /** What the field is called when no label stands beside it. */
  label?: string;
  describedBy?: string;
  isInvalid?: boolean;
  isRequired?: boolean;
}

/** A field's value, kept here while typing and told to the workspace as its surroundings demand. */
export function useField({ element, blockId, isInput }: FieldProps) {
  const surface = useSurface();
  const ask = useConfirm();
  const names = useNames();
  const actionId = element.action_id ?? '';
  const nameOf = (id: string) => (/^[UW]/.test(id) ? names.userName(id) : `#${names.channelName(id)}`);
  const [value, setValue] = useState<FieldValue>(() =>
    initialValue(element, surface.entered(blockId, actionId), nameOf),
  );
  const change = async (next: FieldValue) => {
    if (isInput) {
      setValue(next);
      surface.fill?.(blockId, actionId, wireValue(element, next));
      return;
    }
    if (!(await ask(element.confirm))) return;
    setValue(next);
    await surface.click(blockId, actionId, clickValue(element, next));
  };
  return { value, change };
}

/** The attributes every control shares: its name, its error, whether it must be filled. */
export function controlAttributes(props: FieldProps) {
  return {
    id: props.id,
    ...(props.label ? { 'aria-label': props.label } : {}),
    ...(props.describedBy ? { 'aria-describedby': props.describedBy } : {}),
    ...(props.isInvalid ? { 'aria-invalid': true } : {}),
    ...(props.isRequired ? { 'aria-required': true } : {}),
    ...(props.element.focus_on_load ? { 'data-autofocus': '' } : {}),
  };
}
