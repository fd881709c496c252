declare module 'node-gyp-build' {
  /** Finds the addon of the package in `folder` (`build/Release`, `build/Debug` or `prebuilds`) and loads it. */
  function load<Addon>(folder: string): Addon;
  export = load;
}
