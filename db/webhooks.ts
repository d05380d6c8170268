/** What the receivers of webhooks have taken. */
import type { Sql } from "./database.ts";

export async function hasTaken(sql: Sql, receiver: string, delivery: string): Promise<boolean> {
  const rows = await sql.unsafe(
    "select from webhook_deliveries where receiver = $1::text and delivery = $2::text",
    [receiver, delivery],
    { prepare: true },
  );
  return rows.length > 0;
}

/** Remembers it for as long as anomalies are kept. */
export async function rememberTaken(sql: Sql, receiver: string, delivery: string): Promise<void> {
  await sql.unsafe(
    `with forgotten as (
       delete from webhook_deliveries where taken_at < now() - interval '30 days'
     )
     insert into webhook_deliveries (receiver, delivery) values ($1::text, $2::text)
     on conflict do nothing`,
    [receiver, delivery],
    { prepare: true },
  );
}
