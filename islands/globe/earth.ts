/** The earth, its air and the sky: one pass over the screen. */
import {
  Matrix3,
  Matrix4,
  Mesh,
  type PerspectiveCamera,
  PlaneGeometry,
  ShaderMaterial,
  type Texture,
  TextureLoader,
} from "three";
import { EARTH_FRAGMENT_SHADER, EARTH_VERTEX_SHADER } from "./earth_shader.ts";
import type { EyeUniforms } from "./eye.ts";
import type { Land } from "./land.ts";

export class Earth {
  readonly mesh: Mesh<PlaneGeometry, ShaderMaterial>;
  /** Settles once the picture of the earth by night is there: without it there is no globe. */
  readonly loaded: Promise<void>;
  readonly #turn = new Matrix4();

  /** `onChange` is told when there is more to see. */
  constructor(eye: EyeUniforms, land: Land, onChange: () => void) {
    const material = new ShaderMaterial({
      vertexShader: EARTH_VERTEX_SHADER,
      fragmentShader: EARTH_FRAGMENT_SHADER,
      uniforms: {
        ...eye,
        toView: { value: new Matrix4() },
        toWorld: { value: new Matrix3() },
        eyeC: { value: 1 },
        near: { value: 0 },
        flying: { value: 0 },
        pixelAngle: { value: 0.001 },
        dayThere: { value: 0 },
        night: { value: null as Texture | null },
        day: { value: null as Texture | null },
        landWhole: { value: land.whole as Texture },
        landAround: { value: land.around as Texture },
        landArea: { value: land.area },
      },
      depthTest: false,
      depthWrite: false,
    });
    this.mesh = new Mesh(new PlaneGeometry(2, 2), material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = -2;
    const picture = async (name: "night" | "day") => {
      const texture = await new TextureLoader().loadAsync(`/static/earth/${name}.jpg`);
      texture.anisotropy = 4;
      material.uniforms[name]!.value = texture;
      onChange();
    };
    this.loaded = picture("night");
    // By day the earth is dull without its picture, not wrong.
    this.loaded.then(() => picture("day")).then(
      () => material.uniforms.dayThere!.value = 1,
      () => {},
    );
  }

  /** Takes the camera as it stands: `heightRadii` above the ground, `pixels` high. */
  update(camera: PerspectiveCamera, heightRadii: number, pixels: number) {
    const { uniforms } = this.mesh.material;
    uniforms.toView!.value.copy(camera.projectionMatrixInverse);
    uniforms.toWorld!.value.setFromMatrix4(this.#turn.extractRotation(camera.matrixWorld));
    // From the height, not from the eye: their difference would be gone in a float.
    uniforms.eyeC!.value = heightRadii * (2 + heightRadii);
    uniforms.pixelAngle!.value = 2 * Math.tan(camera.fov * Math.PI / 360) / pixels;
  }

  set(what: "near" | "flying", value: number) {
    this.mesh.material.uniforms[what]!.value = value;
  }

  close() {
    const { uniforms } = this.mesh.material;
    (uniforms.night!.value as Texture | null)?.dispose();
    (uniforms.day!.value as Texture | null)?.dispose();
    this.mesh.material.dispose();
    this.mesh.geometry.dispose();
  }
}

/** 0 from far away, 1 over a city. */
export function nearness(distanceM: number): number {
  return Math.max(0, Math.min(1, (Math.log10(3_000_000) - Math.log10(distanceM)) / 0.7));
}
