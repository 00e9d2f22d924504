/** What an order must be, by zod. */
import { z } from 'zod';
import type { Order } from './orders.ts';

/** What an order must be. */
export const orderCheck: z.ZodType<Order> = z.object({
  customer: z.string().min(1).max(100),
  email: z.email(),
  items: z
    .array(
      z.object({
        sku: z.string().regex(/^[A-Z]{2}-\d{1,6}$/),
        count: z.int().min(1).max(1000),
        price: z.number().min(0),
      }),
    )
    .min(1),
  note: z.string().max(500).optional(),
});
