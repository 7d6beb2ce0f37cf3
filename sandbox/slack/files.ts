/** Uploaded files. An upload that is never completed is discarded, as in Slack. */
import { secret, slackId } from './ids.ts';
import type { MessageFile } from './messages.ts';

interface Upload {
  file: MessageFile;
  key: string;
  body: Buffer | undefined;
  isCompleted: boolean;
}

const mimetypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/jsonl',
  md: 'text/markdown',
  png: 'image/png',
  txt: 'text/plain',
};

/** Slack shows a few lines of a snippet until it is opened. */
const previewLines = 12;
const previewBytes = 4_000;

export class Files {
  private readonly origin: string;
  private readonly byId = new Map<string, Upload>();

  constructor(origin: string) {
    this.origin = origin;
  }

  begin(name: string, size: number): { fileId: string; uploadUrl: string } {
    const id = slackId('F');
    const key = secret();
    const mimetype = mimetypes[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    const file = { id, name, title: name, mimetype, size };
    this.byId.set(id, { file, key, body: undefined, isCompleted: false });
    return { fileId: id, uploadUrl: `${this.origin}/upload/v1/${id}/${key}` };
  }

  /** Once, and as many bytes as were announced. */
  receive(id: string, key: string, body: Buffer): 'taken' | 'unknown_url' | 'wrong_length' {
    const upload = this.byId.get(id);
    if (!upload || upload.key !== key || upload.body) return 'unknown_url';
    if (body.length !== upload.file.size) return 'wrong_length';
    upload.body = body;
    return 'taken';
  }

  /** Whether its bytes are there and it is nobody's yet. */
  isReady(id: string): boolean {
    const upload = this.byId.get(id);
    return upload?.body !== undefined && !upload.isCompleted;
  }

  /** Only of one that is ready. */
  complete(id: string, title: string | undefined): MessageFile {
    const upload = this.byId.get(id)!;
    upload.isCompleted = true;
    if (title) upload.file.title = title;
    return upload.file;
  }

  /** Contents live as long as the process; after a restart a file is a name without contents. */
  read(id: string): { file: MessageFile; body: Buffer } | undefined {
    const upload = this.byId.get(id);
    return upload?.body && upload.isCompleted ? { file: upload.file, body: upload.body } : undefined;
  }

  /** The beginning of a text, as Slack shows it below the message; undefined of what is no text. */
  preview(id: string): string | undefined {
    const found = this.read(id);
    if (!found || !/^(text\/|application\/jsonl?$)/.test(found.file.mimetype)) return undefined;
    const lines = found.body.subarray(0, previewBytes).toString('utf8').split('\n');
    return lines.slice(0, previewLines).join('\n');
  }

  url(file: MessageFile): string {
    return `${this.origin}/files/${file.id}/${encodeURIComponent(file.name)}`;
  }
}
