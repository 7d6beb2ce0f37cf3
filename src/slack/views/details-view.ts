import type { ModalView } from '@slack/types';
import type { Json, JsonObject, Report } from '../../command.ts';
import { effectLine, groupEffects } from '../../core/cards/effect-groups.ts';
import { warningLines } from '../../core/cards/plan-lines.ts';
import { whereOf } from '../../core/cards/run-card.ts';
import { headline } from '../../core/cards/run-headline.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import { shownJson } from '../../core/cards/shown-json.ts';
import {
  decidedLine,
  reasonLines,
  signatureLine,
  unreadableLines,
} from '../../core/cards/signature-lines.ts';
import { stepLine } from '../../core/cards/step-lines.ts';
import type { StoredPlan } from '../../core/run.ts';
import type { Line } from '../../core/text.ts';
import { type OpenedFrom, writeDecisionContext } from './decision-context.ts';
import { decisionModals } from './decision-ids.ts';
import type { Shown } from './guarded-message.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { longRichText } from './rich-text.ts';
import { whoCanSignLines } from './who-can-sign.ts';

/**
 * All that is known of a run: everything that would happen, what is signed, what is only shown, and who signs.
 * @param maySign the person who opened it may come to sign here: the modal then has `Approve`, and the submission
 *   is judged like any click.
 */
export function detailsView(
  view: RunView,
  { maySign, nameOf }: { readonly maySign: boolean } & Pick<Shown, 'nameOf'>,
  from: OpenedFrom = {},
): ModalView {
  const { run } = view;
  const isSignable = maySign && run.state === 'awaiting_approval' && run.digest !== undefined;
  const where = whereOf(run);
  const lines: Line[] = [
    [{ bold: headline(view, nameOf) }],
    ...(isSignable ? [`▲ Approve signs all of this${where === undefined ? '' : `, on ${where}`}`] : []),
    ...(run.report === undefined ? [] : cameOfIt(run.report)),
    ...(run.plan === undefined ? [] : happens(run.plan)),
    ...headed('Asked', [
      [{ code: run.invocation }],
      ['By ', { person: run.requester }, ...place(view)],
      ...reasonLines(run).flatMap(whole),
    ]),
    ...headed('Signatures', signing(view)),
    ...(run.plan === undefined ? [] : grounds(run.plan)),
  ];
  return modal({
    title: isSignable ? 'Read, then approve' : 'Details',
    callbackId: decisionModals.details,
    privateMetadata: writeDecisionContext(run, from),
    ...(isSignable ? { submit: 'Approve' } : { close: 'Close' }),
    blocks: longRichText(lines, { limit: modalRoom.longestLine, nameOf }, modalRoom),
  });
}

function cameOfIt({ headline: said, lines = [], details = [] }: Report): Line[] {
  return headed('What came of it', [...whole(said), ...[...lines, ...details].flatMap(whole)]);
}

function happens(plan: StoredPlan): Line[] {
  return [
    ...headed('What will happen', [...plan.summary.flatMap(whole), ...warningLines(plan).flatMap(whole)]),
    ...headed(
      'Effects',
      groupEffects(plan.effects).flatMap((group): Line[] => {
        const { path: _, ...others } = group.effects[0]?.call ?? {};
        // Alike effects are the same call but for the object: that is said once, then every object is named.
        const call = group.objects.length === 0 ? (group.effects[0]?.call ?? {}) : others;
        return [
          ...whole(effectLine(group)),
          ...codeLines(shownJson(call)),
          ...listLines('On ', group.objects),
        ];
      }),
    ),
  ];
}

/** What is signed besides the calls, and what is only shown. */
function grounds({ data, context }: StoredPlan): Line[] {
  return [...headed('Signed', fields(data)), ...headed('Seen while planning, not signed', fields(context))];
}

function signing(view: RunView): Line[] {
  const { run } = view;
  const lines: Line[] =
    run.state === 'awaiting_approval'
      ? [
          signatureLine(view),
          // The line above names no more than three or four.
          ...(view.signersNow.length > 3 ? whoCanSignLines(view) : []),
          ...unreadableLines(view.unreadableGroups),
        ]
      : [decidedLine(view), ...(view.steps.length === 0 ? [] : [stepLine(view)])];
  return [
    ...lines,
    ...(run.digest === undefined ? [] : [['Digest ', { code: run.digest.slice(0, 16) }] as Line]),
  ];
}

function place({ run, receipt }: RunView): string[] {
  const where = whereOf(run);
  return [
    ...(where === undefined ? [] : [` on ${where}`]),
    ` · ${run.id}`,
    ...(receipt === undefined ? [] : [` · ${receipt}`]),
  ];
}

function fields(object: JsonObject): Line[] {
  return Object.entries(object).flatMap(([key, value]) =>
    isTextList(value) && value.length > 0
      ? listLines(`${key}, ${value.length}: `, value)
      : codeLines(`${key}: ${typeof value === 'string' ? value : shownJson(value)}`),
  );
}

function isTextList(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function headed(title: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [[{ bold: title }], ...lines];
}

/** Under the bound of a modal's line with room for a prefix, so that no line of a plan is cut. */
const chunkCharacters = modalRoom.longestLine - 100;

function codeLines(text: string): Line[] {
  return chunks(text).map((chunk): Line => [{ code: chunk }]);
}

/** Plain text of any length as lines that are not cut. Lines with markup are short already. */
function whole(line: Line): Line[] {
  return typeof line === 'string' ? chunks(line) : [line];
}

function chunks(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += chunkCharacters) pieces.push(text.slice(at, at + chunkCharacters));
  return pieces;
}

/** Names in lines, as many to each as fit, none left out. */
function listLines(prefix: string, items: readonly string[]): Line[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    if (line !== '' && line.length + item.length + 2 > chunkCharacters) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? item : `${line}, ${item}`;
  }
  if (line !== '') lines.push(line);
  return lines.flatMap((text, index) =>
    chunks(text).map((chunk, part): Line => [...(index + part === 0 ? [prefix] : []), { code: chunk }]),
  );
}
