/** Who is in the air now, over HTTP. */
import { Hono } from "hono";
import type { FlightCache } from "../../core/flight_cache.ts";
import { matches } from "../../core/flight_filter.ts";
import { flightJson } from "./encode.ts";
import { answerIn, flightsCsv, flightsGeoJson, inEveryFormat } from "./formats.ts";
import { problem } from "./problem.ts";
import { FLIGHTS_QUERY, readIcao24, readQuery } from "./query.ts";

export function flightRoutes(cache: FlightCache): Hono {
  const app = new Hono();

  inEveryFormat(app, "/flights", (c, format) => {
    const filter = readQuery(c, FLIGHTS_QUERY);
    const flights = [...cache.all()].filter(({ flight }) => matches(flight, filter));
    const timestamp = new Date().toISOString();
    if (format === "geojson") return answerIn(c, format, flightsGeoJson(flights, timestamp));
    if (format === "csv") return answerIn(c, format, flightsCsv(flights));
    const list = flights.map(flightJson).join(",");
    const text = `{"timestamp":"${timestamp}","count":${flights.length},"flights":[${list}]}`;
    return answerIn(c, format, text);
  });

  app.get("/flights/:icao24", (c) => {
    const icao24 = readIcao24(c);
    readQuery(c, {});
    const cached = cache.get(icao24);
    if (cached) return answerIn(c, "json", flightJson(cached));
    const message = `No aircraft ${icao24} is heard now: GET /flights lists those that are`;
    return problem(c, 404, "unknown_aircraft", message);
  });
  return app;
}
