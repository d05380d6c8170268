/** The history in bulk: one long answer that is written as it is read, so that memory stays flat. */
import { Hono } from "hono";
import type { HistoryRow } from "../../contracts/http.ts";
import type { Database } from "../../db/database.ts";
import { readExport } from "../../db/export.ts";
import {
  COLLECTION_HEAD,
  csvHead,
  csvLine,
  featureText,
  MEDIA_TYPES,
  ROW_COLUMNS,
} from "./formats.ts";
import { checkedRange, historyOf } from "./history.ts";
import { problem } from "./problem.ts";
import { type EXPORT_FORMATS, EXPORT_QUERY, readQuery } from "./query.ts";

export const EXPORT_PATH = "/export/history";
/** The live view's questions and the writes come first: each export is a database that is busy. */
const MOST_AT_ONCE = 2;
const ROOM_AFTER_S = 10;

/** What stands before the rows, between them and after them, and how one is written. */
interface RowFormat {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  readonly row: (row: HistoryRow) => string;
}

const ROW_FORMATS: Readonly<Record<(typeof EXPORT_FORMATS)[number], RowFormat>> = {
  csv: {
    head: csvHead(ROW_COLUMNS),
    between: "",
    tail: "",
    row: (row) => csvLine(ROW_COLUMNS, row),
  },
  jsonl: { head: "", between: "", tail: "", row: (row) => `${JSON.stringify(row)}\n` },
  geojson: {
    head: COLLECTION_HEAD,
    between: ",",
    tail: "]}",
    row: (row) => featureText(`${row.icao24} ${row.recorded_at}`, row),
  },
};

export function exportRoutes(database: Database | undefined): Hono {
  const app = new Hono();
  let running = 0;

  app.get(EXPORT_PATH, async (c) => {
    const { bbox, icao24, format, ...range } = readQuery(c, EXPORT_QUERY);
    const query = { ...checkedRange(range), bbox, icao24 };
    const history = historyOf(database);
    const headers = {
      "content-type": MEDIA_TYPES[format],
      "content-disposition": `attachment; filename="history.${format}"`,
    };
    if (c.req.raw.method === "HEAD") return c.body(null, 200, headers);
    if (running >= MOST_AT_ONCE) {
      c.header("retry-after", String(ROOM_AFTER_S));
      const message = `${MOST_AT_ONCE} exports are running: ask again in ${ROOM_AFTER_S} s`;
      return problem(c, 429, "too_many_exports", message);
    }
    running++;
    const text = written(history.stream((sql) => readExport(sql, query)), ROW_FORMATS[format]);
    const done = () => running--;
    // What goes wrong before the first row is still an answer of its own.
    const first = await text.next().catch((error) => {
      done();
      throw error;
    });
    return c.body(bodyOf(first, text, done), 200, headers);
  });
  return app;
}

async function* written(
  pages: AsyncGenerator<HistoryRow[]>,
  { head, between, tail, row }: RowFormat,
): AsyncGenerator<string> {
  let before = head;
  for await (const page of pages) {
    yield before + page.map(row).join(between);
    before = between;
  }
  // Of no rows at all the head is still to come.
  yield (before === head ? head : "") + tail;
}

/** The text as it is asked for, and no sooner; `done` is called once, however it ends. */
function bodyOf(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string>,
  done: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const utf8 = new TextEncoder();
  let pending: IteratorResult<string, void> | undefined = first;
  let isOver = false;
  const end = () => {
    if (!isOver) done();
    isOver = true;
  };
  return new ReadableStream({
    async pull(controller) {
      try {
        const result = pending ?? await rest.next();
        pending = undefined;
        if (isOver) return;
        if (!result.done) return controller.enqueue(utf8.encode(result.value));
        controller.close();
        end();
      } catch (error) {
        end();
        // The connection breaks off: what was sent is not taken for everything.
        throw error;
      }
    },
    async cancel() {
      end();
      await rest.return(undefined);
    },
  });
}
