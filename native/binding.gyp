{
  'variables': {
    'native_tests%': 0,  # also build native_test, the C++ test program
    'native_bench%': 0,  # also build native_bench, the C++ part of the benchmark
    'werror%': 0,        # warnings are errors: in CI, never at a user's, whose compiler may be newer than ours
  },
  # This file is not at the package's root, where npm and pnpm would compile it on every installation. node-gyp builds in native/build; the
  # target `build_at_root` copies the results to build/Release at the root, where node-gyp-build looks for an addon.
  # Each kernels_<isa> is one file with flags of its own, sealed (test/house/architecture.test.ts looks at its symbols).
  'targets': [
    {
      'target_name': 'kernels_scalar',
      'type': 'static_library',
      'includes': ['flags.gypi'],
      'sources': ['kernels/scalar.cpp'],
      'win_delay_load_hook': 'false',
    },
    {
      'target_name': 'core',
      'type': 'static_library',
      'includes': ['flags.gypi', 'exceptions.gypi'],
      'sources': ['<!@(node ../scripts/sources.js core)'],
      'defines': ['<!@(node ../scripts/sources.js defines <(target_arch) <(OS))'],
      'dependencies': ['kernels_scalar'],
      'win_delay_load_hook': 'false',
      'conditions': [
        ['target_arch=="x64"', {'dependencies': ['kernels_avx512', 'kernels_avx512_bf16', 'kernels_avx2']}],
        ['target_arch=="arm64"', {'dependencies': ['kernels_neon']}],
        ['target_arch=="arm64" and OS!="win"', {'dependencies': ['kernels_neon_bf16']}],
      ],
    },
    {
      'target_name': 'chainrule',
      'type': 'loadable_module',
      'includes': ['flags.gypi', 'exceptions.gypi'],
      'sources': ['<!@(node ../scripts/sources.js addon)'],
      'dependencies': ['core'],
      'include_dirs': ['<!(node ../scripts/napi-headers.js)'],
      'cflags_cc!': ['-Wshadow'],  # napi.h shadows
      'defines': ['NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    },
    {
      'target_name': 'build_at_root',
      'type': 'none',
      'dependencies': ['chainrule'],
      'copies': [{'destination': '../build/Release', 'files': ['<(PRODUCT_DIR)/chainrule.node']}],
      'conditions': [
        ['native_tests==1', {
          'dependencies': ['native_test'],
          'copies': [{'destination': '../build/Release', 'files': ['<(PRODUCT_DIR)/<(EXECUTABLE_PREFIX)native_test<(EXECUTABLE_SUFFIX)']}],
        }],
        ['native_bench==1', {
          'dependencies': ['native_bench'],
          'copies': [{'destination': '../build/Release', 'files': ['<(PRODUCT_DIR)/<(EXECUTABLE_PREFIX)native_bench<(EXECUTABLE_SUFFIX)']}],
        }],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'kernels_avx512',
          'type': 'static_library',
          'includes': ['flags.gypi'],
          'sources': ['kernels/avx512.cpp'],
          'win_delay_load_hook': 'false',
          # g++ 12 warns of variables in its own avx512fintrin.h.
          'cflags_cc': ['<!@(node ../scripts/sources.js flags avx512)', '-Wno-uninitialized', '-Wno-maybe-uninitialized'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node ../scripts/sources.js flags avx512)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX512']}},
        },
        {
          'target_name': 'kernels_avx512_bf16',
          'type': 'static_library',
          'includes': ['flags.gypi'],
          'sources': ['kernels/avx512_bf16.cpp'],
          'win_delay_load_hook': 'false',
          'cflags_cc': ['<!@(node ../scripts/sources.js flags avx512_bf16)', '-Wno-uninitialized', '-Wno-maybe-uninitialized'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node ../scripts/sources.js flags avx512_bf16)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX512']}},
        },
        {
          'target_name': 'kernels_avx2',
          'type': 'static_library',
          'includes': ['flags.gypi'],
          'sources': ['kernels/avx2.cpp'],
          'win_delay_load_hook': 'false',
          'cflags_cc': ['<!@(node ../scripts/sources.js flags avx2)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node ../scripts/sources.js flags avx2)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX2']}},
        },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [
        {
          'target_name': 'kernels_neon',
          'type': 'static_library',
          'includes': ['flags.gypi'],
          'sources': ['kernels/neon.cpp'],
          'win_delay_load_hook': 'false',
        },
      ],
    }],
    ['target_arch=="arm64" and OS!="win"', {
      'targets': [
        {
          'target_name': 'kernels_neon_bf16',
          'type': 'static_library',
          'includes': ['flags.gypi'],
          'sources': ['kernels/neon_bf16.cpp'],
          'cflags_cc': ['<!@(node ../scripts/sources.js flags neon_bf16)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<!@(node ../scripts/sources.js flags neon_bf16)']},
        },
      ],
    }],
    ['native_tests==1', {
      'targets': [
        {
          'target_name': 'native_test',
          'type': 'executable',
          'includes': ['flags.gypi', 'exceptions.gypi'],
          'sources': ['<!@(node ../scripts/sources.js tests)'],
          'include_dirs': ['../test/native'],
          'dependencies': ['core'],
          'win_delay_load_hook': 'false',
        },
      ],
    }],
    ['native_bench==1', {
      'targets': [
        {
          'target_name': 'native_bench',
          'type': 'executable',
          'includes': ['flags.gypi', 'exceptions.gypi'],
          'sources': ['<!@(node ../scripts/sources.js bench)'],
          'include_dirs': ['../bench/native'],
          'dependencies': ['core'],
          'win_delay_load_hook': 'false',
        },
      ],
    }],
  ],
}
