/** Bytes of a map. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

type Colour = [number, number, number];

interface Palette {
  low: Colour;
  middle: Colour;
  high: Colour;
  classes: Colour[];
}

const light: Palette = {
  low: [238, 124, 30],
  middle: [245, 246, 248],
  high: [16, 112, 190],
  classes: [
    [238, 124, 30],
    [16, 112, 190],
    [30, 150, 100],
    [160, 80, 190],
    [200, 60, 80],
    [120, 120, 40],
    [60, 160, 190],
    [140, 90, 60],
  ],
};
const dark: Palette = { ...light, low: [255, 150, 60], middle: [28, 34, 43], high: [70, 155, 245] };

const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const palette = (): Palette => (darkScheme.matches ? dark : light);

/** Calls back when the user changes from light to dark or back: drawings on a canvas do not change by themselves. */
export function onSchemeChange(redraw: () => void): void {
  darkScheme.addEventListener('change', redraw);
}

export function classColour(index: number): string {
  const { classes } = palette();
  return `rgb(${(classes[index % classes.length] as Colour).join()})`;
}

/** The colour of a value from 0 to 1: orange, neutral at a half, blue. */
export function heatColour(value: number): string {
  return `rgb(${mixed(value, palette()).join()})`;
}

/** Draws a square map on a canvas of any size, without edges between its points. */
export function drawHeat(canvas: HTMLCanvasElement, map: string): void {
  const colours = palette();
  const bytes = bytesOf(map);
  drawPoints(canvas, bytes.length, (point) => mixed((bytes[point] as number) / 255, colours));
}

/** Draws the class of each point, paler where it is less sure. */
export function drawClasses(canvas: HTMLCanvasElement, map: string, confidence: string): void {
  const { classes, middle } = palette();
  const [indices, sure] = [bytesOf(map), bytesOf(confidence)];
  drawPoints(canvas, indices.length, (point) => {
    const colour = classes[(indices[point] as number) % classes.length] as Colour;
    return between(middle, colour, 0.15 + 0.75 * ((sure[point] as number) / 255));
  });
}

function drawPoints(canvas: HTMLCanvasElement, points: number, colourOf: (point: number) => Colour): void {
  const size = Math.sqrt(points);
  const small = new OffscreenCanvas(size, size);
  const from = small.getContext('2d') as OffscreenCanvasRenderingContext2D;
  const image = from.createImageData(size, size);
  for (let point = 0; point < points; point++) image.data.set([...colourOf(point), 255], 4 * point);
  from.putImageData(image, 0, 0);
  const to = canvas.getContext('2d') as CanvasRenderingContext2D;
  to.imageSmoothingQuality = 'high';
  to.drawImage(small, 0, 0, canvas.width, canvas.height);
}

function mixed(value: number, { low, middle, high }: Palette): Colour {
  return value < 0.5 ? between(middle, low, 1 - 2 * value) : between(middle, high, 2 * value - 1);
}

function between(a: Colour, b: Colour, share: number): Colour {
  return [0, 1, 2].map((index) => Math.round((a[index] as number) + ((b[index] as number) - (a[index] as number)) * share)) as Colour;
}
