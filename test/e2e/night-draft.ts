import type { ClientFile, ClientMessage } from '../../sandbox/slack/client-api.ts';

/** The postmortem draft as whoever opens the file reads it. @throws Error unless it was shared once */
export async function draftIn(messages: readonly ClientMessage[]): Promise<string> {
  const files = messages.flatMap(({ files: shared = [] }): ClientFile[] => shared);
  const [draft] = files;
  if (draft === undefined || files.length > 1) throw new Error(`${files.length} files were shared`);
  const response = await fetch(draft.url);
  if (!response.ok) throw new Error(`${draft.url} answered ${response.status}`);
  return response.text();
}

/** The lines under "Timeline", each with the receipt it cites; undefined where it cites none. */
export function timelineOf(draft: string): { readonly line: string; readonly receipt: string | undefined }[] {
  const [, timeline] = /\n## Timeline\n([\s\S]*?)(?=\n## |$)/.exec(draft) ?? [];
  if (timeline === undefined) throw new Error(`The draft has no timeline:\n${draft}`);
  return timeline
    .split('\n')
    .filter((line) => /^\s*[-*] /.test(line))
    .map((line) => ({ line, receipt: /`(#\d+ · [0-9a-f]{6,})`\s*$/.exec(line)?.[1] }));
}
