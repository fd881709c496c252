declare module 'node-gyp-build' {
  /** Finds the addon of the package in `folder` (`build/Release`, `build/Debug` or `prebuilds`) and loads it. */
  function load<Addon>(folder: string): Addon;
  namespace load {
    /** The file that it would load; throws if there is none. */
    function resolve(folder: string): string;
    /** The platform in a file's name; undefined if it is not an addon. */
    function parseTags(file: string): { libc?: string } | undefined;
  }
  export = load;
}
