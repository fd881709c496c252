{
  'variables': {
    'native_tests%': 0,  # also build native_test, the C++ test program
    'native_bench%': 0,  # also build native_bench, the C++ part of the benchmark
    'werror%': 0,        # warnings are errors: in CI, never at a user's, whose compiler may be newer than ours
    'sanitize%': '',     # the argument of -fsanitize=, as in address,undefined (GCC)
  },
  # Each kernels_<isa> is one file with flags of its own, sealed (test/architecture.test.ts looks at its symbols).
  'targets': [
    {
      'target_name': 'kernels_scalar',
      'type': 'static_library',
      'includes': ['native/flags.gypi'],
      'sources': ['native/kernels/scalar.cpp'],
      'win_delay_load_hook': 'false',
    },
    {
      'target_name': 'core',
      'type': 'static_library',
      'includes': ['native/flags.gypi', 'native/exceptions.gypi'],
      'sources': ['<!@(node scripts/sources.js core)'],
      'dependencies': ['kernels_scalar'],
      'win_delay_load_hook': 'false',
      'conditions': [
        ['target_arch=="x64"', {
          'dependencies': ['kernels_avx512', 'kernels_avx512_bf16', 'kernels_avx2'],
          'defines': ['CHAINRULE_BUILT_AVX512=1', 'CHAINRULE_BUILT_AVX2=1'],
        }],
        ['target_arch=="arm64"', {
          'dependencies': ['kernels_neon'],
          'defines': ['CHAINRULE_BUILT_NEON=1'],
        }],
        # The compilers of Windows on Arm have no intrinsics for it.
        ['target_arch=="arm64" and OS!="win"', {
          'dependencies': ['kernels_neon_bf16'],
          'defines': ['CHAINRULE_BUILT_NEON_BF16=1'],
        }],
      ],
    },
    {
      'target_name': 'chainrule',
      'type': 'loadable_module',
      'includes': ['native/flags.gypi', 'native/exceptions.gypi'],
      'sources': ['<!@(node scripts/sources.js addon)'],
      'dependencies': ['core'],
      'include_dirs': ['<!(node scripts/napi-headers.js)'],
      'cflags_cc!': ['-Wshadow'],  # napi.h shadows
      'defines': ['NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'kernels_avx512',
          'type': 'static_library',
          'includes': ['native/flags.gypi'],
          'sources': ['native/kernels/avx512.cpp'],
          'win_delay_load_hook': 'false',
          # g++ 12 warns of variables in its own avx512fintrin.h.
          'cflags_cc': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mfma', '-Wno-uninitialized', '-Wno-maybe-uninitialized'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mfma']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX512']}},
        },
        {
          'target_name': 'kernels_avx512_bf16',
          'type': 'static_library',
          'includes': ['native/flags.gypi'],
          'sources': ['native/kernels/avx512_bf16.cpp'],
          'win_delay_load_hook': 'false',
          'cflags_cc': [
            '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx512bf16', '-mfma', '-Wno-uninitialized', '-Wno-maybe-uninitialized',
          ],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx512bf16', '-mfma']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX512']}},
        },
        {
          'target_name': 'kernels_avx2',
          'type': 'static_library',
          'includes': ['native/flags.gypi'],
          'sources': ['native/kernels/avx2.cpp'],
          'win_delay_load_hook': 'false',
          'cflags_cc': ['-mavx2', '-mfma'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx2', '-mfma']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX2']}},
        },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [
        {
          'target_name': 'kernels_neon',
          'type': 'static_library',
          'includes': ['native/flags.gypi'],
          'sources': ['native/kernels/neon.cpp'],
          'win_delay_load_hook': 'false',
        },
      ],
    }],
    ['target_arch=="arm64" and OS!="win"', {
      'targets': [
        {
          'target_name': 'kernels_neon_bf16',
          'type': 'static_library',
          'includes': ['native/flags.gypi'],
          'sources': ['native/kernels/neon_bf16.cpp'],
          'cflags_cc': ['-march=armv8.2-a+bf16'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-march=armv8.2-a+bf16']},
        },
      ],
    }],
    ['native_tests==1', {
      'targets': [
        {
          'target_name': 'native_test',
          'type': 'executable',
          'includes': ['native/flags.gypi', 'native/exceptions.gypi'],
          'sources': ['<!@(node scripts/sources.js tests)'],
          'include_dirs': ['test/native'],
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
          'includes': ['native/flags.gypi', 'native/exceptions.gypi'],
          'sources': ['bench/native/main.cpp', 'bench/native/roofs.cpp'],
          'include_dirs': ['bench/native'],
          'dependencies': ['core'],
          'win_delay_load_hook': 'false',
        },
      ],
    }],
  ],
}
