import type { FieldValue } from './element.ts';
import { controlAttributes, type FieldProps, useField } from './use-field.ts';

const inputModes: Record<string, 'numeric' | 'decimal' | 'email' | 'url' | undefined> = {
  number_input: 'decimal',
  email_text_input: 'email',
  url_text_input: 'url',
};

/** The rest of a long text box only shows once it is needed. */
const multilineRows = 3;

/** plain_text, number, email and url inputs. What may stand in them is the workspace's and the app's word. */
export function TextField(props: FieldProps) {
  const { element } = props;
  const { value, change } = useField(props);
  const attributes = {
    ...controlAttributes(props),
    className: 'control',
    value: text(value),
    placeholder: element.placeholder?.text,
    autoComplete: 'off',
    maxLength: element.max_length,
    onChange: (event: { target: { value: string } }) => void change(event.target.value),
  };
  if (element.multiline) return <textarea {...attributes} rows={multilineRows} />;
  return <input {...attributes} type="text" inputMode={inputModes[element.type]} />;
}

const text = (value: FieldValue) => (typeof value === 'string' ? value : '');

const dateTypes: Record<string, string> = {
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
};

/** datepicker, timepicker, datetimepicker: the browser's own, which are good with a keyboard. */
export function DateField(props: FieldProps) {
  const { value, change } = useField(props);
  return (
    <input
      {...controlAttributes(props)}
      className="control control-date"
      type={dateTypes[props.element.type]}
      value={text(value)}
      onChange={(event) => void change(event.target.value)}
    />
  );
}
