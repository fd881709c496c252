// In the place of ../module.ts (rolldown.config.mjs).

const url = new URL('./chainrule.wasm', import.meta.url);

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`chainrule/wasm cannot fetch ${url}: ${response.status} ${response.statusText}`);
  // Compiles while it loads, but only if the server knows the type of the file.
  if (response.headers.get('Content-Type') === 'application/wasm') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The module, compiled. */
export const module: WebAssembly.Module = await compile();

/** The page's stand-ins for environment variables. */
const { CHAINRULE_ISA: isa } = globalThis as { CHAINRULE_ISA?: unknown };

export const environment: readonly string[] = typeof isa === 'string' ? [`CHAINRULE_ISA=${isa}`] : [];
