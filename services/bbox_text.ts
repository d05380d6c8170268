import { z } from "zod";

const degrees = z.string().regex(/^-?\d{1,15}(\.\d+)?$/).transform(Number);

/** `minLon,minLat,maxLon,maxLat` as a box; it may cross the antimeridian, but no pole. */
export const bboxText = z.string().transform((text) => text.split(","))
  .pipe(z.tuple([degrees, degrees, degrees, degrees]))
  .transform(([lon_min, lat_min, lon_max, lat_max]) => ({ lon_min, lat_min, lon_max, lat_max }))
  .refine(({ lat_min, lat_max, lon_min, lon_max }) =>
    lat_min <= lat_max && Math.abs(lat_min) <= 90 && Math.abs(lat_max) <= 90 &&
    Math.abs(lon_min) <= 180 && Math.abs(lon_max) <= 180
  );
