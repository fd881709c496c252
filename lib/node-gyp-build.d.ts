declare module 'node-gyp-build' {
  /** Finds the addon of the package in `folder` (`build/Release`, `build/Debug` or `prebuilds`) and loads it. */
  function load<Addon>(folder: string): Addon;
  namespace load {
    /** The file that it would load; throws if there is none. */
    function resolve(folder: string): string;
    /** What a file's name says that it is for; undefined if it is no addon. */
    function parseTags(file: string): { libc?: string } | undefined;
  }
  export = load;
}
