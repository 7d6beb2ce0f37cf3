import { TextObjectText } from '../text/mrkdwn-text.tsx';
import { type Choice, choiceOf } from './element.ts';
import { type FieldProps, useField } from './use-field.ts';

/** Checkboxes and radio buttons, named by the fieldset of their input block. */
export function ChoicesField(props: FieldProps) {
  const { element, id } = props;
  const { value, change } = useField(props);
  const chosen = typeof value === 'string' ? [] : value;
  const isRadio = element.type === 'radio_buttons';
  const toggle = (choice: Choice, isOn: boolean) => {
    const others = isRadio ? [] : chosen.filter((other) => other.value !== choice.value);
    const next = isOn ? [...others, choice] : others;
    const order = (element.options ?? []).map((option) => option.value);
    void change([...next].sort((a, b) => order.indexOf(a.value) - order.indexOf(b.value)));
  };
  return (
    <fieldset className="choices" id={id}>
      {props.label && <legend className="hidden">{props.label}</legend>}
      {(element.options ?? []).map((option) => (
        <label key={option.value} className="choice">
          <input
            type={isRadio ? 'radio' : 'checkbox'}
            name={id}
            checked={chosen.some((other) => other.value === option.value)}
            onChange={(event) => toggle(choiceOf(option), event.target.checked)}
          />
          <span className="rich">
            <TextObjectText text={option.text} />
            {option.description && (
              <small>
                <TextObjectText text={option.description} />
              </small>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
