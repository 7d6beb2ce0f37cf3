// biome-ignore-all lint/suspicious/noArrayIndexKey: the parts of one text have no identity but their place
import type { TableBlock } from '@slack/types';
import { RichText } from './rich-text.tsx';

/** The first row heads the columns, as Slack shows it. Cells of raw text show exactly their characters. */
export function Table({ block }: { block: TableBlock }) {
  const [head, ...body] = block.rows;
  const cells = (row: TableBlock['rows'][number], Cell: 'th' | 'td') =>
    row.map((cell, index) => {
      const settings = block.column_settings?.[index];
      return (
        <Cell
          key={index}
          style={{ textAlign: settings?.align }}
          className={settings?.is_wrapped ? 'wrapped' : ''}
        >
          {cell.type === 'rich_text' ? <RichText block={cell} /> : text(cell)}
        </Cell>
      );
    });
  return (
    <section className="block block-table" aria-label="Table">
      <table>
        {head && (
          <thead>
            <tr>{cells(head, 'th')}</tr>
          </thead>
        )}
        <tbody>
          {body.map((row, index) => (
            <tr key={index}>{cells(row, 'td')}</tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function text(cell: { type: string; text?: string; value?: number }): string {
  return cell.text ?? String(cell.value ?? '');
}
