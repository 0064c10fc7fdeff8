import { crc32, deflateSync } from 'node:zlib';
import type { Random } from './random.js';

/** A drawing as a PNG file, and what it shows. */
export interface DrawnPicture {
  file: Buffer;
  name: string;
  alt: string;
}

type Color = readonly [number, number, number];

const palettes: readonly { words: string; colors: readonly [Color, Color, Color, Color] }[] = [
  { words: 'blue and ochre', colors: [[196, 214, 224], [118, 150, 170], [58, 84, 108], [206, 160, 88]] },
  { words: 'green and straw', colors: [[232, 228, 196], [150, 172, 116], [70, 104, 70], [214, 178, 84]] },
  { words: 'rust and grey', colors: [[222, 218, 212], [160, 152, 146], [92, 84, 84], [178, 88, 54]] },
  { words: 'plum and rose', colors: [[238, 216, 210], [190, 136, 146], [92, 58, 84], [226, 150, 110]] },
  { words: 'ink and cream', colors: [[242, 234, 216], [172, 164, 150], [38, 44, 58], [150, 58, 48]] },
];

/** A way to draw: the colour at a place from 0 to 1 across and down. */
type Draw = (random: Random, colors: readonly [Color, Color, Color, Color]) => (x: number, y: number) => Color;

const mix = (one: Color, other: Color, share: number): Color => [
  one[0] + (other[0] - one[0]) * share,
  one[1] + (other[1] - one[1]) * share,
  one[2] + (other[2] - one[2]) * share,
];

const hills: Draw = (random, [sky, far, near, sun]) => {
  const sunX = 0.2 + random.next() * 0.6;
  const ridges = [0, 1, 2].map((at) => ({ base: 0.45 + at * 0.17, swell: 0.03 + random.next() * 0.07, shift: random.next() * 9, color: mix(far, near, at / 2) }));
  return (x, y) => {
    for (const { base, swell, shift, color } of [...ridges].reverse()) {
      if (y > base + swell * Math.sin(x * 5 + shift) + swell * 0.4 * Math.sin(x * 13 + shift * 2)) return mix(color, sky, Math.max(0, (base + 0.2 - y) * 0.8));
    }
    return Math.hypot((x - sunX) * 1.4, y - 0.3) < 0.07 ? sun : mix(sky, far, y * 0.5);
  };
};

const rings: Draw = (random, [ground, light, dark, mark]) => {
  const center = [0.3 + random.next() * 0.4, 0.3 + random.next() * 0.4] as const;
  const width = 18 + random.whole(0, 16);
  return (x, y) => {
    const far = Math.hypot((x - center[0]) * 1.3, y - center[1]);
    const ring = Math.floor(far * width);
    return ring === 0 ? mark : mix(ring % 2 === 0 ? light : dark, ground, Math.min(1, far * 1.1));
  };
};

const stripes: Draw = (random, colors) => {
  const [ground, , , accent] = colors;
  const bands = Array.from({ length: random.whole(9, 20) }, () => random.pick(colors));
  const slant = random.next() * 0.5 - 0.25;
  return (x, y) => {
    const band = bands[Math.floor((x + slant * y + 1) * bands.length) % bands.length] ?? ground;
    return Math.floor(y * 90) % 12 === 0 ? mix(band, accent, 0.25) : mix(band, ground, 0.12 + 0.1 * Math.sin(y * 140));
  };
};

const ways: readonly { draw: Draw; name: string; alt: string }[] = [
  { draw: hills, name: 'hills', alt: 'Drawing of three lines of hills under a small sun' },
  { draw: rings, name: 'rings', alt: 'Drawing of rings, like those of a tree' },
  { draw: stripes, name: 'stripes', alt: 'Drawing of woven stripes' },
];

/** Draws a simple picture, the same for the same `random`. */
export function drawPicture(random: Random): DrawnPicture {
  const way = random.pick(ways);
  const palette = random.pick(palettes);
  const [width, height] = random.pick([[720, 480], [640, 640], [480, 660], [800, 450]] as const);
  const colorAt = way.draw(random, palette.colors);
  const rows = Buffer.alloc(height * (width * 3 + 1));
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    at += 1; // every row begins with its filter: none
    for (let x = 0; x < width; x += 1) {
      const [red, green, blue] = colorAt(x / width, y / height);
      rows[at++] = red;
      rows[at++] = green;
      rows[at++] = blue;
    }
  }
  return { file: toPng(rows, width, height), name: `${way.name}-${random.whole(100, 999)}.png`, alt: `${way.alt}, in ${palette.words}` };
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Eight bits a colour, no transparency, one block (PNG specification, sections 5 and 11.2). */
function toPng(rows: Buffer, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([signature, toChunk('IHDR', header), toChunk('IDAT', deflateSync(rows)), toChunk('IEND', Buffer.alloc(0))]);
}

function toChunk(type: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
