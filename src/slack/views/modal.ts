import type { KnownBlock, ModalView } from '@slack/types';
import { Fault } from '../../core/errors.ts';
import { plainTextObject } from './rich-text.ts';

/** https://docs.slack.dev/surfaces/modals */
const longestTitle = 24;
const longestMetadata = 3000;

export interface ModalParts {
  readonly title: string;
  readonly callbackId: string;
  readonly blocks: readonly KnownBlock[];
  /** Without it the modal has nothing to send. */
  readonly submit?: string | undefined;
  readonly close?: string;
  /** Ids only, at most 3,000 characters; Slack hands it back unchanged. */
  readonly privateMetadata?: string | undefined;
}

/** @throws Fault `private_metadata_too_long`: it cannot be cut, what comes back would not be readable. */
export function modal(parts: ModalParts): ModalView {
  const metadata = parts.privateMetadata ?? '';
  if (metadata.length > longestMetadata) {
    throw new Fault(
      'private_metadata_too_long',
      `The modal "${parts.title}" carries ${metadata.length} characters of private_metadata; Slack takes ${longestMetadata}. Carry ids and look the rest up.`,
    );
  }
  return {
    type: 'modal',
    callback_id: parts.callbackId,
    title: plainTextObject(parts.title, longestTitle),
    close: plainTextObject(parts.close ?? 'Cancel', longestTitle),
    ...(parts.submit === undefined ? {} : { submit: plainTextObject(parts.submit, longestTitle) }),
    private_metadata: metadata,
    blocks: [...parts.blocks],
  };
}
