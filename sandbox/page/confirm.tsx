import { createContext, type ReactNode, useCallback, useContext, useId, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { TextObjectText } from './text/mrkdwn-text.tsx';

type Text = { type: 'plain_text' | 'mrkdwn'; text: string };

/** Block Kit's confirmation object. */
export interface ConfirmJson {
  title: Text;
  text: Text;
  confirm: Text;
  deny: Text;
  style?: 'primary' | 'danger';
}

type Ask = (confirm: ConfirmJson | undefined) => Promise<boolean>;

const AskContext = createContext<Ask>(async () => true);

/** Asks before a click is sent; without a confirmation object the answer is yes. */
export const useConfirm = () => useContext(AskContext);

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<{ confirm: ConfirmJson; answer: (yes: boolean) => void }>();
  const ask = useCallback<Ask>((confirm) => {
    if (!confirm) return Promise.resolve(true);
    return new Promise((resolve) => setQuestion({ confirm, answer: resolve }));
  }, []);
  const answer = (yes: boolean) => {
    setQuestion(undefined);
    question?.answer(yes);
  };
  return (
    <AskContext value={ask}>
      {children}
      {question && <ConfirmDialog confirm={question.confirm} onAnswer={answer} />}
    </AskContext>
  );
}

function ConfirmDialog({ confirm, onAnswer }: { confirm: ConfirmJson; onAnswer: (yes: boolean) => void }) {
  const title = useId();
  return (
    <Dialog
      contentKey="confirm"
      labelledBy={title}
      className="dialog confirm"
      onEscape={() => onAnswer(false)}
    >
      <h2 id={title} className="dialog-title">
        {confirm.title.text}
      </h2>
      <div className="dialog-body rich">
        <TextObjectText text={confirm.text} />
      </div>
      <div className="dialog-footer">
        <button type="button" className="button" onClick={() => onAnswer(false)}>
          {confirm.deny.text}
        </button>
        <button
          type="button"
          data-autofocus=""
          className={`button ${confirm.style === 'danger' ? 'danger' : 'primary'}`}
          onClick={() => onAnswer(true)}
        >
          {confirm.confirm.text}
        </button>
      </div>
    </Dialog>
  );
}
