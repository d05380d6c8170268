import assert from "node:assert/strict";
import { hubSocketUrl } from "./live.ts";

Deno.test("the hub is where the page was told, else on the page's own host", () => {
  const page = new URL("http://192.0.2.7:3000/");
  assert.equal(hubSocketUrl({ backendPort: "8000" }, page), "ws://192.0.2.7:8000/ws/flights");
  const elsewhere = { hubUrl: "https://hub.example.org", backendPort: "8000" };
  assert.equal(hubSocketUrl(elsewhere, page), "wss://hub.example.org/ws/flights");
  const below = { hubUrl: "http://example.org:81/sky/" };
  assert.equal(hubSocketUrl(below, page), "ws://example.org:81/sky/ws/flights");
});
