# For targets that throw. Node's own flags, which the kernels keep, switch exceptions off.
{
  'cflags!': ['-fno-exceptions'],
  'cflags_cc!': ['-fno-exceptions', '-fno-rtti'],
  'defines!': ['_HAS_EXCEPTIONS=0'],
  'xcode_settings': {'GCC_ENABLE_CPP_EXCEPTIONS': 'YES', 'GCC_ENABLE_CPP_RTTI': 'YES'},
  'msvs_settings': {'VCCLCompilerTool': {'ExceptionHandling': 1}},
}
