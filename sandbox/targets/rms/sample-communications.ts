/** Settings as the sample RMS stores and returns them, secrets included: masking them is the caller's business. */
export interface CommunicationSettings {
  email: {
    provider: string;
    from: string;
    replyTo: string;
    smtp: { host: string; port: number; user: string; pass: string };
    /** Used when the first server does not answer. Holds a password, as such addresses do. */
    fallbackUrl: string;
  };
  sms: {
    provider: string;
    from: string;
    twilio: { accountSid: string; authToken: string };
  };
}

/** Invented. No answer of the bot, no log line and no ledger entry may ever hold one of them. */
export const sampleSecrets = {
  smtpPassword: 'sample-smtp-pw-Qx7vK2',
  fallbackPassword: 'sample-relay-pw-9TzLm4',
  twilioToken: 'sample0twilio0token0b41c77',
  acmeSmtpPassword: 'sample-acme-pw-Rw3hN8',
} as const;

export const defaultCommunications: CommunicationSettings = {
  email: {
    provider: 'smtp',
    from: 'no-reply@rms.example',
    replyTo: 'support@rms.example',
    smtp: { host: 'smtp.mail.example', port: 587, user: 'rms-mailer', pass: sampleSecrets.smtpPassword },
    fallbackUrl: `smtps://relay:${sampleSecrets.fallbackPassword}@relay.mail.example:465`,
  },
  sms: {
    provider: 'twilio',
    from: '+493090018200',
    twilio: { accountSid: 'ACsample4d1f0c92', authToken: sampleSecrets.twilioToken },
  },
};

/** Acme sends through its own server; since somebody changed the password two hours ago, it cannot log in. */
export const acmeCommunications: CommunicationSettings = {
  ...defaultCommunications,
  email: {
    ...defaultCommunications.email,
    from: 'office@acme.example',
    smtp: {
      host: 'smtp.acme.example',
      port: 465,
      user: 'acme-rms',
      pass: sampleSecrets.acmeSmtpPassword,
    },
  },
};
