# Flags of every target. No fast-math, no contraction and no LTO anywhere: the first two change bits, and LTO can move code compiled for
# a new CPU into functions that run on every CPU.
{
  'include_dirs': ['.'],
  'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
  'cflags_cc': [
    '-std=c++20', '-ffp-contract=off', '-fno-math-errno', '-fno-lto', '-fvisibility=hidden', '-Wpedantic', '-Wconversion', '-Wshadow',
  ],
  'ldflags': ['-fno-lto'],
  'xcode_settings': {
    'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
    'CLANG_CXX_LIBRARY': 'libc++',
    'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
    'LLVM_LTO': 'NO',
    'MACOSX_DEPLOYMENT_TARGET': '11.0',
    'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off', '-fno-math-errno'],
  },
  'msvs_settings': {
    'VCCLCompilerTool': {
      'AdditionalOptions!': ['-std:c++17', '-std:c++20'],
      'AdditionalOptions': ['/std:c++20'],
      'WholeProgramOptimization': 'false',
    },
    'VCLibrarianTool': {'AdditionalOptions!': ['/LTCG:INCREMENTAL']},
    'VCLinkerTool': {'AdditionalOptions!': ['/LTCG:INCREMENTAL']},
  },
  'conditions': [
    ['OS=="win"', {'defines': ['NOMINMAX']}],
    ['werror==1', {
      'cflags_cc': ['-Werror'],
      'xcode_settings': {'GCC_TREAT_WARNINGS_AS_ERRORS': 'YES'},
      'msvs_settings': {'VCCLCompilerTool': {'WarnAsError': 'true'}},
    }],
  ],
}
