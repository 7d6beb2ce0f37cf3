import type { ModalView } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { problemsOfView, viewBytes } from '../../../sandbox/slack/block-kit/validate.ts';
import { maybeAlertContext } from '../../../src/slack/views/alert-ids.ts';
import { indentedJson } from '../../../src/slack/views/indented-json.ts';
import { rawView } from '../../../src/slack/views/raw-view.ts';
import { readSeverityForm, severityView } from '../../../src/slack/views/severity-view.ts';
import { readSilence, silenceView } from '../../../src/slack/views/silence-view.ts';
import { stringsIn } from './hostile-text.ts';
import { alertCards, groupView } from './sample-groups.ts';
import { now, shown } from './sample-views.ts';
import { seenView } from './seen-text.ts';

const from = { channelId: 'C0ALERTS', threadTs: '1795197600.000100' };
const body =
  '{"status":"firing","alerts":[{"labels":{"alertname":"HighErrorRate","note":"a, [b] {c}: \\"d\\""},"value":1.0}]}';

const views: Readonly<Record<string, ModalView>> = {
  silence: silenceView(groupView(), shown, from),
  'silence-again': silenceView(alertCards.silenced!, shown, from),
  severity: severityView(groupView({ group: { severitySetBy: 'U0LIN' } }), shown, from),
  raw: rawView(groupView(), { body, receivedAt: now }, from),
  'raw-pruned': rawView(groupView(), undefined, from),
};

describe('forms about a group', () => {
  it.each(Object.entries(views))('show: %s', async (name, view) => {
    expect(problemsOfView(view, 'modal')).toEqual([]);
    await expect(`${JSON.stringify(view, null, 2)}\n`).toMatchFileSnapshot(
      `../../golden/alert-modal-${name}.json`,
    );
    await expect(seenView(view)).toMatchFileSnapshot(`../../golden/alert-modal-${name}.txt`);
  });

  it.each(Object.entries(views))('carry which group and where: %s', (_name, view) => {
    expect(maybeAlertContext(view.private_metadata ?? '')).toEqual({ groupId: 'g-7k2m9q4x', ...from });
  });
});

describe('readSilence', () => {
  const read = (duration: unknown, minutes: unknown, reason: unknown = 'disk is being replaced') =>
    readSilence({
      duration: { value: { selected_option: duration === null ? null : { value: duration } } },
      minutes: { value: { value: minutes } },
      reason: { value: { value: reason } },
    });

  it('takes the choice, or the minutes instead of it', () => {
    expect(read('480', null)).toEqual({ minutes: 480, reason: 'disk is being replaced' });
    expect(read('480', '45')).toEqual({ minutes: 45, reason: 'disk is being replaced' });
    expect(read(null, '43200', '  12345 ')).toEqual({ minutes: 43_200, reason: '12345' });
  });

  it.each<[unknown, unknown, unknown, readonly string[]]>([
    [null, null, 'long enough', ['duration']],
    ['481', null, 'long enough', ['duration']],
    ['480', '0', 'long enough', ['minutes']],
    ['480', '43201', 'long enough', ['minutes']],
    ['480', '1.5', 'long enough', ['minutes']],
    ['480', '-5', 'long enough', ['minutes']],
    ['480', null, 'four', ['reason']],
    ['480', null, '     ', ['reason']],
    ['480', null, null, ['reason']],
    ['480', null, 'x'.repeat(501), ['reason']],
    [null, 'x', '\u200b\u200b\u200b\u200b\u200b', ['minutes', 'reason']],
  ])('objects beside the field: %j, %j, %j', (duration, minutes, reason, fields) => {
    const answer = read(duration, minutes, reason);
    expect('errors' in answer ? Object.keys(answer.errors) : []).toEqual(fields);
  });

  it.each([undefined, null, 'x', [], {}, { duration: null }])('takes %j for an empty form', (values) => {
    expect(readSilence(values)).toEqual({
      errors: { duration: expect.any(String), reason: expect.any(String) },
    });
  });
});

describe('readSeverityForm', () => {
  const read = (severity: unknown, reason: unknown) =>
    readSeverityForm({
      severity: { value: { selected_option: { value: severity } } },
      reason: { value: { value: reason } },
    });

  it('takes one of the four with a reason', () => {
    expect(read('high', 'customers notice')).toEqual({ severity: 'high', reason: 'customers notice' });
  });

  it('objects to anything else', () => {
    expect(read('sev0', 'customers notice')).toEqual({ errors: { severity: expect.any(String) } });
    expect(read('high', 'x')).toEqual({ errors: { reason: expect.any(String) } });
    expect(readSeverityForm(undefined)).toEqual({
      errors: { severity: expect.any(String), reason: expect.any(String) },
    });
  });
});

describe('rawView', () => {
  const raw = (text: string) => rawView(groupView(), { body: text, receivedAt: now }, from);
  const shownOf = (view: ModalView) =>
    stringsIn(view.blocks.filter((block) => JSON.stringify(block).includes('rich_text_preformatted')))
      .filter((text) => !text.startsWith('rich_text') && text !== 'text')
      .join('');

  it('shows every token of the delivery as it came', () => {
    expect(shownOf(views.raw!).replace(/\s/g, '')).toBe(body.replace(/\s/g, ''));
    expect(shownOf(views.raw!)).toContain('"value": 1.0');
  });

  it('shows all of what fits, over as many blocks as it needs', () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `word${index}`).join('\n');
    expect(shownOf(raw(words))).toBe(words);
    expect(problemsOfView(raw(words), 'modal')).toEqual([]);
  });

  it.each([
    ['a megabyte', 'x'.repeat(1_000_000), 1_000_000],
    ['a megabyte of three bytes each', '語'.repeat(1_000_000), 1_000_000],
    ['a megabyte of escapes', '"'.repeat(1_000_000), 1_000_000],
    ['a megabyte in one JSON string', `{"a":"${'x'.repeat(1_000_000)}"}`, 1_000_008],
    ['nesting without end', '['.repeat(300_000), undefined],
    ['half pairs', '\ud83d'.repeat(100_000), undefined],
  ])('says how much is missing of %s, and stays inside 250 KB', (_what, text, total) => {
    const view = raw(text);
    expect(problemsOfView(view, 'modal')).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(viewBytes);
    const missing = stringsIn(view.blocks.at(-1))
      .join(' ')
      .match(/… ([\d,]+) characters more are not shown/)?.[1];
    expect(missing).toBeDefined();
    if (total !== undefined) {
      const shownLength = shownOf(view).replace(/\s/g, '').length;
      expect(shownLength + Number(missing!.replaceAll(',', ''))).toBe(total);
    }
  });

  it('shows what has no glyph, and makes nothing of what looks like a mention or a link', () => {
    const view = raw('<!channel> \u202e https://evil.example/ <@U0ADA>\u0007');
    expect(shownOf(view)).toBe('<!channel> \ufffd https://evil.example/ <@U0ADA>\ufffd');
    expect(JSON.stringify(view)).not.toMatch(/"type":"(?:link|user|broadcast|mrkdwn)"/);
  });
});

describe('indentedJson', () => {
  it('sets each entry on a line of its own', () => {
    expect(indentedJson('{"a":[1,{"b":"x,y"}],"c":{}}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": "x,y"\n    }\n  ],\n  "c": {}\n}',
    );
  });

  it('leaves alone what is laid out already or is no JSON', () => {
    for (const text of ['{\n  "a": 1\n}', 'status=firing, title=x', ''])
      expect(indentedJson(text)).toBe(text);
  });

  it('does not choke on what is cut or wrong', () => {
    expect(indentedJson('{"a":"b').replace(/\s/g, '')).toBe('{"a":"b');
    expect(indentedJson(']]]').replace(/\s/g, '')).toBe(']]]');
  });
});
