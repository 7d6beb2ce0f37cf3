/** Text, confirmation and option objects: https://docs.slack.dev/reference/block-kit/composition-objects */
import { all, anyUrl, byType, exactlyOne, list, object, oneOf, type Rule, text, truth, url } from './rule.ts';

export function plainText(most: number, least = 1): Rule {
  return byType({ plain_text: object({ 'text!': text(most, least), emoji: truth }) });
}

export function mrkdwn(most: number): Rule {
  return byType({ mrkdwn: object({ 'text!': text(most), verbatim: truth }) });
}

export function anyText(most: number): Rule {
  return byType({
    plain_text: object({ 'text!': text(most), emoji: truth }),
    mrkdwn: object({ 'text!': text(most), verbatim: truth }),
  });
}

export const style = oneOf('primary', 'danger');

export const confirm = object({
  title: plainText(100),
  'text!': anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style,
});

/**
 * The typings of @slack/types say 75 characters for an option's value, the documentation 150; which one is
 * enforced is unverified, so the smaller holds here.
 */
const optionValueLength = 75;

/** `hasUrl`: only an overflow menu's options may lead somewhere. */
export function option(kind: 'plain' | 'any', hasUrl = false): Rule {
  return object({
    'text!': kind === 'plain' ? plainText(75) : anyText(75),
    'value!': text(optionValueLength),
    description: kind === 'plain' ? plainText(75) : anyText(75),
    ...(hasUrl ? { url: anyUrl } : {}),
  });
}

export const selectOptions = list(option('plain'), 100);
export const optionGroups = list(object({ 'label!': plainText(75), 'options!': selectOptions }), 100);

/** What an app answers to a `block_suggestion`; an empty list means "no results". */
export const suggestionAnswer = all(
  object({
    options: list(option('plain'), 100, 0),
    option_groups: list(object({ 'label!': plainText(75), 'options!': selectOptions }), 100, 0),
  }),
  exactlyOne('options', 'option_groups'),
);

export const imageSource = {
  image_url: url,
  slack_file: all(object({ id: text(255), url }), exactlyOne('id', 'url')),
};
export const oneImageSource = exactlyOne('image_url', 'slack_file');
