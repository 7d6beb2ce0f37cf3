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

  /** False when the URL is not one of ours or has been used. */
  receive(id: string, key: string, body: Buffer): boolean {
    const upload = this.byId.get(id);
    if (!upload || upload.key !== key || upload.body) return false;
    upload.body = body;
    return true;
  }

  complete(id: string, title: string | undefined): MessageFile | undefined {
    const upload = this.byId.get(id);
    if (!upload?.body || upload.isCompleted || upload.body.length !== upload.file.size) return undefined;
    upload.isCompleted = true;
    if (title) upload.file.title = title;
    return upload.file;
  }

  /** Contents live as long as the process; after a restart a file is a name without contents. */
  read(id: string): { file: MessageFile; body: Buffer } | undefined {
    const upload = this.byId.get(id);
    return upload?.body && upload.isCompleted ? { file: upload.file, body: upload.body } : undefined;
  }

  url(file: MessageFile): string {
    return `${this.origin}/files/${file.id}/${encodeURIComponent(file.name)}`;
  }
}
