import { notLoaded } from '../not-loaded.js';

// In the place of ../module.ts (scripts/wasm-stand-ins.mjs).

const url = new URL('./chainrule.wasm', import.meta.url);

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server says ${response.status} ${response.statusText}`);
  // Compiles while it loads, but only if the server knows the type of the file.
  if (response.headers.get('Content-Type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The module, compiled. */
export const module: WebAssembly.Module = await compile().catch((error: unknown) => {
  const advice =
    'It has to lie beside the JavaScript, and needs a browser with SIMD and exceptions for WebAssembly: Chrome 95, Firefox 100, Safari 16.4';
  throw notLoaded(url.href, advice, error);
});

/** The page's stand-ins for environment variables. */
const { CHAINRULE_ISA: isa } = globalThis as { CHAINRULE_ISA?: unknown };

export const environment: readonly string[] = typeof isa === 'string' ? [`CHAINRULE_ISA=${isa}`] : [];
