/*
 * Modules that PyTorch does not have, as Python. The rows of layers, inputs and activations name them. Values are [rows, columns], or
 * [rows, members, columns] behind a layer of members.
 */
const classes: Readonly<Record<string, string>> = {
  Inputs: `
class Inputs(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.columns = [columns for columns, _ in parts]
        self.parts = nn.ModuleList([part for _, part in parts])

    def forward(self, x):
        split = zip(self.parts, x.split(self.columns, dim=1))
        return torch.cat([part(x[:, 0].long()) if isinstance(part, nn.Embedding) else part(x) for part, x in split], dim=1)
`,
  OneHot: `
class OneHot(nn.Module):
    def __init__(self, categories):
        super().__init__()
        self.categories = categories

    def forward(self, x):
        return nn.functional.one_hot(x.long(), self.categories).flatten(1).to(x.dtype)
`,
  Periodic: `
class Periodic(nn.Module):
    def __init__(self, columns, frequencies, width):
        super().__init__()
        self.frequencies = nn.Parameter(torch.zeros(columns, frequencies))
        self.weight = nn.Parameter(torch.zeros(columns, 2 * frequencies, width))
        self.bias = nn.Parameter(torch.zeros(columns, width))

    def forward(self, x):
        turns = x[:, :, None] * self.frequencies
        angles = 2 * torch.pi * (turns - turns.round())
        waves = torch.cat([angles.cos(), angles.sin()], dim=2)
        return torch.relu(torch.einsum('rcf,cfw->rcw', waves, self.weight) + self.bias).flatten(1)
`,
  Normalize: `
class Normalize(nn.Module):
    def __init__(self, columns):
        super().__init__()
        self.register_buffer('mean', torch.zeros(columns))
        self.register_buffer('std', torch.ones(columns))
        self.register_buffer('count', torch.zeros(1))

    def forward(self, x):
        return (x - self.mean) * torch.nan_to_num(1 / self.std, posinf=0.0)
`,
  Scale: `
class Scale(nn.Module):
    def __init__(self, columns):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(columns))

    def forward(self, x):
        return x * self.scale
`,
  GaussianNoise: `
class GaussianNoise(nn.Module):
    def __init__(self, std):
        super().__init__()
        self.std = std

    def forward(self, x):
        return x + self.std * torch.randn_like(x) if self.training else x
`,
  Residual: `
class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.block = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.block(x)
`,
  Members: `
class Members(nn.Module):
    def __init__(self, members, columns):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(members, columns))

    def forward(self, x):
        return x[:, None] * self.scale
`,
  ScaledLinear: `
class ScaledLinear(nn.Module):
    def __init__(self, members, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(members, outputs))
        self.input_scale = nn.Parameter(torch.ones(members, inputs))
        self.output_scale = nn.Parameter(torch.ones(members, outputs))

    def forward(self, x):
        return nn.functional.linear(x * self.input_scale, self.weight) * self.output_scale + self.bias
`,
  MemberLinear: `
class MemberLinear(nn.Module):
    def __init__(self, members, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(members, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(members, outputs))

    def forward(self, x):
        return torch.einsum('rmi,mio->rmo', x, self.weight) + self.bias
`,
  MemberNorm: `
class MemberNorm(nn.BatchNorm1d):
    def forward(self, x):
        return super().forward(x.flatten(0, 1)).view_as(x)
`,
  MemberMean: `
class MemberMean(nn.Module):
    def forward(self, x):
        return x.mean(dim=1)
`,
  Exp: `
class Exp(nn.Module):
    def forward(self, x):
        return x.exp()
`,
  MeanVariance: `
class MeanVariance(nn.Module):
    def forward(self, x):
        odd = torch.arange(x.shape[-1], device=x.device) % 2 == 1
        return torch.where(odd, nn.functional.softplus(x), x)
`,
};

/** The classes that some Python names. */
export function classesIn(text: string): string[] {
  return Object.entries(classes)
    .filter(([name]) => new RegExp(`(?<!\\.)\\b${name}\\(`).test(text))
    .map(([, source]) => source);
}
