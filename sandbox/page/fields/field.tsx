import type { FunctionComponent } from 'react';
import { ImageElement } from '../blocks/image.tsx';
import { ButtonField } from './button.tsx';
import { ChoicesField } from './choices.tsx';
import { isChoice } from './element.ts';
import { OverflowField } from './overflow.tsx';
import { SelectField } from './select.tsx';
import { DateField, TextField } from './text-field.tsx';
import type { FieldProps } from './use-field.ts';

const fields: Record<string, FunctionComponent<FieldProps>> = {
  button: ButtonField,
  overflow: OverflowField,
  checkboxes: ChoicesField,
  radio_buttons: ChoicesField,
  plain_text_input: TextField,
  number_input: TextField,
  email_text_input: TextField,
  url_text_input: TextField,
  datepicker: DateField,
  timepicker: DateField,
  datetimepicker: DateField,
};

/** One interactive element, of any type the page knows. */
export function Field(props: FieldProps) {
  const { element } = props;
  if (element.type === 'image') {
    return <ImageElement url={element.image_url} alt={element.alt_text ?? ''} className="accessory-image" />;
  }
  const Known = fields[element.type] ?? (isChoice(element.type) ? SelectField : undefined);
  if (!Known) return <span className="unknown">Element "{element.type}" is not shown here</span>;
  return <Known {...props} label={props.label ?? element.placeholder?.text ?? ''} />;
}
