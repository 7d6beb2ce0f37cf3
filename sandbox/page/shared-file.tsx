import { useEffect, useId, useState } from 'react';
import type { ClientFile } from '../slack/client-api.ts';
import { Dialog } from './dialog.tsx';
import { WebLink } from './text/mrkdwn-text.tsx';

/** Files below a message. A text shows its first lines, as Slack's snippets do, and opens whole; nothing in it is markup here. */
export function SharedFiles({ files }: { files: readonly ClientFile[] }) {
  return (
    <ul className="files">
      {files.map((file) => (
        <li key={file.id}>
          <SharedFile file={file} />
        </li>
      ))}
    </ul>
  );
}

function SharedFile({ file }: { file: ClientFile }) {
  const [isOpen, setIsOpen] = useState(false);
  const { preview } = file;
  const title = file.title || file.name;
  return (
    <>
      <p className="file-name">
        {/* Offered for download: an uploaded file never opens as a page of this origin. */}
        <WebLink url={file.url}>{title}</WebLink> <small>{fileSize(file.size)}</small>
      </p>
      {preview !== undefined && (
        <>
          <pre className="file-preview">{preview}</pre>
          <button type="button" className="button" onClick={() => setIsOpen(true)}>
            Open file
          </button>
        </>
      )}
      {isOpen && <FileDialog file={file} title={title} onClose={() => setIsOpen(false)} />}
    </>
  );
}

function FileDialog({ file, title, onClose }: { file: ClientFile; title: string; onClose: () => void }) {
  const heading = useId();
  const [text, setText] = useState<string>();
  useEffect(() => {
    const leaving = new AbortController();
    readText(file.url, leaving.signal).then(setText, () => undefined);
    return () => leaving.abort();
  }, [file.url]);
  return (
    <Dialog contentKey={file.id} labelledBy={heading} className="dialog file" onEscape={onClose}>
      <div className="dialog-header">
        <h2 id={heading} className="dialog-title">
          {title}
        </h2>
      </div>
      <div className="dialog-body">
        <p className="file-name">
          <small>
            {file.name}, {fileSize(file.size)}
          </small>
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached by keyboard */}
        <pre className="file-text" tabIndex={0}>
          {text ?? 'Reading…'}
        </pre>
      </div>
      <div className="dialog-footer">
        <button type="button" data-autofocus="" className="button primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

/** The workspace keeps contents as long as it runs; a file of an earlier run is a name. */
async function readText(url: string, signal: AbortSignal): Promise<string> {
  try {
    const answer = await fetch(url, { signal });
    return answer.ok ? await answer.text() : 'The contents went with an earlier run of this workspace.';
  } catch (error) {
    if (signal.aborted) throw error;
    return 'The workspace cannot be reached.';
  }
}

function fileSize(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024).toLocaleString('en')} KB`;
}
