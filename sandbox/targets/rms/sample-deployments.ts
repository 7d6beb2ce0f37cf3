/** What going back from the running release would mean. */
export const situations = ['same_schema', 'compatible', 'incompatible'] as const;
export type Situation = (typeof situations)[number];

export interface SampleRelease {
  readonly version: string;
  readonly deployedHoursAgo: number;
  /** The newest migration it came with. */
  readonly schema: string;
  /** Null: nobody declared it. */
  readonly runsOn: { readonly oldest: string; readonly newest: string } | null;
}

export interface SampleDeployment {
  /** Oldest first. */
  readonly migrations: readonly string[];
  /** Newest first. */
  readonly releases: readonly SampleRelease[];
  readonly queues: readonly {
    readonly name: string;
    readonly depth: number;
    readonly changePerSecond: number;
  }[];
}

const tenants = '20250210-0900-tenants';
const invoices = '20250318-1430-invoices';
const quotaCounters = '20250602-1015-quota-counters';
const notificationEvents = '20250811-0845-notification-events';
const invoiceCurrency = '20250929-1300-invoice-currency';
const auditSections = '20251020-1100-audit-sections';
/** Adds a column that code of before simply does not read. */
const deliveryReceipts = '20251104-0930-delivery-receipts';
/** Drops what code of before still reads. */
const dropInvoiceTotals = '20251111-1000-drop-invoice-totals';

const untilAuditSections = [
  tenants,
  invoices,
  quotaCounters,
  notificationEvents,
  invoiceCurrency,
  auditSections,
];

const release2_13_4: SampleRelease = {
  version: '2.13.4',
  deployedHoursAgo: 31 * 24,
  schema: invoiceCurrency,
  runsOn: { oldest: notificationEvents, newest: invoiceCurrency },
};
/** Found to run on later schemas as these came. */
const release2_14_1 = (newest: string): SampleRelease => ({
  version: '2.14.1',
  deployedHoursAgo: 12 * 24,
  schema: auditSections,
  runsOn: { oldest: invoiceCurrency, newest },
});
const draining = [
  { name: 'notifications', depth: 1_840, changePerSecond: -6 },
  { name: 'exports', depth: 36, changePerSecond: -0.5 },
  { name: 'webhooks', depth: 0, changePerSecond: 0 },
];

export const sampleDeployments: Readonly<Record<Situation, SampleDeployment>> = {
  /** Both newest releases came with the same schema: going back crosses nothing. */
  same_schema: {
    migrations: untilAuditSections,
    releases: [
      {
        version: '2.14.2',
        deployedHoursAgo: 3,
        schema: auditSections,
        runsOn: { oldest: invoiceCurrency, newest: auditSections },
      },
      release2_14_1(auditSections),
      release2_13_4,
    ],
    queues: draining,
  },
  /** A migration lies between them, and the earlier release runs on it: code goes back, the schema stays. */
  compatible: {
    migrations: [...untilAuditSections, deliveryReceipts],
    releases: [
      {
        version: '2.15.0',
        deployedHoursAgo: 2,
        schema: deliveryReceipts,
        runsOn: { oldest: deliveryReceipts, newest: deliveryReceipts },
      },
      release2_14_1(deliveryReceipts),
      release2_13_4,
    ],
    queues: draining,
  },
  /** A migration lies between them on which no earlier release runs; one of them never declared what it runs on. */
  incompatible: {
    migrations: [...untilAuditSections, deliveryReceipts, dropInvoiceTotals],
    releases: [
      {
        version: '3.0.0',
        deployedHoursAgo: 1,
        schema: dropInvoiceTotals,
        runsOn: { oldest: dropInvoiceTotals, newest: dropInvoiceTotals },
      },
      {
        version: '2.15.0',
        deployedHoursAgo: 9 * 24,
        schema: deliveryReceipts,
        runsOn: { oldest: deliveryReceipts, newest: deliveryReceipts },
      },
      release2_14_1(deliveryReceipts),
      { ...release2_13_4, runsOn: null },
    ],
    queues: [
      { name: 'notifications', depth: 412, changePerSecond: 9 },
      { name: 'exports', depth: 36, changePerSecond: -0.5 },
      { name: 'webhooks', depth: 0, changePerSecond: 0 },
    ],
  },
};
