/** An order that is posted as JSON: what it must be, and what is answered. */
import type { Asked } from '../processes/case.ts';

/** An order. */
export interface Order {
  readonly customer: string;
  readonly email: string;
  readonly items: readonly {
    readonly sku: string;
    readonly count: number;
    readonly price: number;
  }[];
  readonly note?: string | undefined;
}

/** What it must be, by JSON Schema. */
export const orderSchema = {
  type: 'object',
  required: ['customer', 'email', 'items'],
  properties: {
    customer: { type: 'string', minLength: 1, maxLength: 100 },
    email: { type: 'string', format: 'email' },
    items: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['sku', 'count', 'price'],
        properties: {
          sku: { type: 'string', pattern: '^[A-Z]{2}-\\d{1,6}$' },
          count: { type: 'integer', minimum: 1, maximum: 1000 },
          price: { type: 'number', minimum: 0 },
        },
      },
    },
    note: { type: 'string', maxLength: 500 },
  },
} as const;

/** What is answered to an order. */
export function receiptOf({ customer, items }: Order): object {
  let total = 0;
  for (const { count, price } of items) total += count * price;
  return { customer, items: items.length, total };
}

const ORDER: Order = {
  customer: 'Ada Lovelace',
  email: 'ada@example.com',
  items: [
    { sku: 'CH-1042', count: 4, price: 79.5 },
    { sku: 'TB-77', count: 1, price: 340 },
    { sku: 'LP-310009', count: 2, price: 45.25 },
  ],
  note: 'Please ring twice; the bell is hard to hear in the garden.',
};

function posting(body: string): Asked {
  return { path: '/orders', body, headers: ['Content-Type: application/json'] };
}

/** The request that is measured. */
export const POSTED: Asked = {
  ...posting(JSON.stringify(ORDER)),
  answer: JSON.stringify(receiptOf(ORDER)),
  answerHeaders: { 'content-type': /^application\/json\b/ },
};

const wrong = (body: unknown): Asked => ({
  ...posting(typeof body === 'string' ? body : JSON.stringify(body)),
  status: [400, 422],
});

/** What shows that orders are checked. */
export const REFUSED: readonly Asked[] = [
  wrong('{"customer":'),
  wrong({ ...ORDER, customer: '' }),
  wrong({ ...ORDER, email: 'nobody' }),
  wrong({ ...ORDER, items: [] }),
  wrong({ ...ORDER, items: [{ sku: 'CH-1', count: 1.5, price: 1 }] }),
  wrong({ ...ORDER, items: [{ sku: 'ch', count: 1, price: 1 }] }),
  wrong({ ...ORDER, note: 'x'.repeat(501) }),
];
