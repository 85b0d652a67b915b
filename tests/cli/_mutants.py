"""Breaks of the numeric contract for tests/cli/sabotage.py to plant in the kernels.

Mutant(name, file, old, new, checks): every `old` in cl/<file> becomes `new`, for tuples one by one; `checks` are those of clonal verify of which at least one must tell.
All of them change bits. Left out, since they change none: one Newton step fewer in clonal_div (its remainder makes any good estimate exact);
a product and a sum for log's fma with ln 2's low part, which is too small to tell; total + sum for sum + total; ties in a
quotient, which only subnormal ones have; another packing of the GEMM's panels, and what it fetches ahead (tests/device/prefetch.sh); a builtin recip
on drivers that divide exactly; keep_any in cl/dropout.cl, whose threshold already drops all but one word in 2^32."""
import collections

Mutant = collections.namedtuple("Mutant", "name file old new checks")

RNG = ("rng", "masks")
FUNCTIONS = ("functions",)
GEMM = ("gemm", "activations")
FUSED = ("fused",)
LOSS = ("losses", "gradients")

PHILOX = [
    Mutant("mullo for mulhi", "lib/philox.cl", "mul_hi(CLONAL__PHILOX_M0, ctr.x)", "(CLONAL__PHILOX_M0 * ctr.x)", RNG),
    Mutant("a multiplier's digit", "lib/philox.cl", "0xcd9e8d57u", "0xcd9e8d5bu", RNG),
    Mutant("a key schedule's digit", "lib/philox.cl", "0x9e3779b9u", "0x9e3779b1u", RNG),
    Mutant("key words swapped", "lib/philox.cl", "key += (uint2)(CLONAL__PHILOX_W0, CLONAL__PHILOX_W1)",
           "key += (uint2)(CLONAL__PHILOX_W1, CLONAL__PHILOX_W0)", RNG),
    Mutant("nine rounds", "lib/philox.cl", "round < 10", "round < 9", RNG),
    Mutant("nine rounds, the wide form", "lib/philox.cl", "ROUND(8) ROUND(9)", "ROUND(8)", ("masks",)),
    Mutant("the wide form's schedule one late", "lib/philox.cl", "ROUND(4)", "ROUND(5)", ("masks",)),
    Mutant("the wide form's words in another order", "lib/philox.cl", "w01.s00112233", "w01.s00221133", ("masks", "fused")),
    Mutant("no carry from the counter's second word", "philox.cl", "carry &= c.y == 0;", "carry = 0;", ("rng",)),
]
with open("/proc/cpuinfo") as cpu:
    if " avx512f " in cpu.read():  # others do not use that form
        PHILOX.append(Mutant("the widest form's third blocks are its second", "lib/philox.cl", "CLONAL__PHILOX_START(c, 16u)", "CLONAL__PHILOX_START(c, 8u)", ("masks",)))

DROPOUT = [
    Mutant("stream and step swapped", "dropout.cl", "row0 + row, stream, step)", "row0 + row, step, stream)", ("masks",)),
    Mutant("the column's block off by one", "dropout.cl", "column / 4,", "column / 4 + 1,", ("masks",)),
    Mutant("the row in the tile ignored", "dropout.cl", "row0 + row, stream", "row0, stream", ("masks",)),
    Mutant("the tile's first row ignored", "dropout.cl", "row0 + row, stream", "row, stream", ("masks",)),
    Mutant("> for >= at the threshold, a row's end", "dropout.cl", "words >= (uint4)(threshold)", "words > (uint4)(threshold)", ("masks",)),
    Mutant("> for >= at the threshold, the wide form", "dropout.cl", "words >= (uint16)(threshold)", "words > (uint16)(threshold)", ("masks",)),
    Mutant("the threshold rounded down, the wide form", "dropout.cl", "words >= (uint16)(threshold)", "words >= (uint16)(threshold - (threshold != 0u))", ("masks",)),
    Mutant("the step's low byte", "dropout.cl", "row0 + row, stream, step)", "row0 + row, stream, step & 0xffu)", ("masks",)),
    Mutant("a step of 31 bits", "dropout.cl", "row0 + row, stream, step)", "row0 + row, stream, step & 0x7fffffffu)", ("masks",)),
    Mutant("the fused mask's step of 31 bits", "lib/gemm_after.cl", "after.step = GEMM_ARGUMENT(step),", "after.step = GEMM_ARGUMENT(step) & 0x7fffffffu,", FUSED),
    Mutant("a weight's mask by 64 rows", "dropout.cl", "row0 + row, stream", "row0 + (row & 63u), stream", ("masks", "activations")),
    Mutant("a weight's gradient unmasked in front of its update", "lib/gemm_epilogue.cl", "y = keep ? y * after->scale : (gemm_vec)(0.0f);",
           "#if !UPDATE\n    y = keep ? y * after->scale : (gemm_vec)(0.0f);\n#endif", FUSED),
    Mutant("survivors not scaled", "dropout.cl", "from[i] * scale", "from[i]", ("activations", "gradients")),
    Mutant("a dropped element's sign kept", "dropout.cl", "keep.x ? x[0] * scale : 0.0f", "x[0] * (keep.x ? scale : 0.0f)", ("activations", "gradients")),
]

NOISE = [
    Mutant("a normal variate's coefficient", "lib/normal.cl", "0x1.5e1c06p-2f", "0x1.5e1c08p-2f", ("functions", "activations")),
    Mutant("a normal variate's far coefficient", "lib/normal.cl", "0x1.89db76p-3f", "0x1.89db78p-3f", ("functions", "activations")),
    Mutant("normal variates without their half", "lib/normal.cl", "clonal_fma(convert_float(m), 0x1p-31f, 0x1p-32f)", "(convert_float(m) * 0x1p-31f)", ("functions",)),
    Mutant("normal variates of one branch", "lib/normal.cl", "int far = w > 6.75f;", "int far = 0;", ("functions",)),
    Mutant("normal variates of one sign", "lib/normal.cl", "return n < 0 ? -z : z;", "return z;", ("functions", "activations")),
    Mutant("gaussian noise: product and sum", "lib/gaussian_noise.cl", "clonal_fma(a, clonal_normal32(word), x)", "(a * clonal_normal32(word) + (x))", ("activations",)),
    Mutant("gaussian dropout of mean 0", "lib/gaussian_dropout.cl", "clonal_fma(a, clonal_normal32(word), 1.0f)", "(a * clonal_normal32(word))", ("activations", "gradients")),
    Mutant("uniform noise of the low bits", "lib/uniform_noise.cl", "(int)((word) >> 8)", "(int)((word)&0xffffffu)", ("activations",)),
    Mutant("uniform noise from 0 on", "lib/uniform_noise.cl", " - 0x800000)", ")", ("activations",)),
    Mutant("alpha dropout drops to 0", "lib/alpha_dropout.cl", ": (c))", ": 0.0f)", ("activations",)),
    Mutant("alpha dropout: product and sum", "lib/alpha_dropout.cl", "clonal_fma(x, a, b)", "((x) * (a) + (b))", ("activations",)),
    Mutant("noise: the mask turned round", "noise.cl", "word >= threshold && keep_any != 0", "word < threshold && keep_any != 0", ("activations",)),
    Mutant("noise: the block off by one", "noise.cl", "(uint4)(column / 4, row, stream, step), key, words", "(uint4)(column / 4 + 1, row, stream, step), key, words", ("activations",)),
    Mutant("noise: a step of 31 bits", "noise.cl", "row, stream, step), key, words", "row, stream, step & 0x7fffffffu), key, words", ("activations",)),
    Mutant("noise at the row's end of another element", "noise.cl", "for (uint i = 0; i < left; ++i) y[i] = noise_of(x[i], word[i],",
           "for (uint i = 0; i < left; ++i) y[i] = noise_of(x[i], word[i ^ 1u],", ("activations",)),
    Mutant("spatial dropout of the next channel", "spatial_dropout.cl", "uint word = word_of[channel & 3u];", "uint word = word_of[(channel + 1u) & 3u];", ("activations",)),
    Mutant("spatial dropout of the first row", "spatial_dropout.cl", "(channel / 4, row, stream, step)", "(channel / 4, 0u, stream, step)", ("activations",)),
    Mutant("spatial dropout: survivors not scaled", "spatial_dropout.cl", "x[i] * scale", "x[i]", ("activations", "gradients")),
    Mutant("spatial dropout: a part of each channel alone", "spatial_dropout.cl", "(item - place * parts) * ITEM_ELEMENTS", "0u", ("activations",)),
    Mutant("selu: e^x less 1 in one piece", "lib/selu.cl", "    m = m + ml;\n", "    m = 1.0f - clonal_exp(z);\n", ("activations", "fused")),
    Mutant("selu's lambda", "lib/selu.cl", "0x1.0cfabep+0f", "0x1.0cfac0p+0f", ("activations", "fused")),
    Mutant("selu's derivative at zero", "lib/selu.cl", "((y) > (V)(0.0f) ? (V)(CLONAL__SELU_LAMBDA)", "((y) >= (V)(0.0f) ? (V)(CLONAL__SELU_LAMBDA)", ("gradients", "fused")),
]

# The forms for GPUs, which PoCL's CPUs do not take: on rusticl.
NARROW = [
    Mutant("k padded by zeros in the form for GPUs", "lib/gemm_group.cl", "if (now == BK) {", "if (now != 0u) {", GEMM),
    Mutant("> for >= at the threshold, the narrow form", "dropout.cl", "words >= (uint4)(threshold)", "words > (uint4)(threshold)", ("masks", "activations")),
    Mutant("a word of the row's end off by one", "dropout.cl", "(keep.y & 1)", "(keep.x & 1)", ("masks",)),
    Mutant("survivors not scaled, the narrow form", "dropout.cl", "vload4(0, x) * scale", "vload4(0, x)", ("activations", "gradients")),
]

# Their products of 128 by 128 a group and of more than one block: on PoCL as on a GPU, all cases.
AS_GPU = [
    Mutant("blocks of 2048 in the form for GPUs", "lib/gemm_group.cl", "k0 % K_BLOCK == 0u", "k0 % 2048u == 0u", GEMM),
    Mutant("the other pair of tiles", "lib/gemm_group.cl", "side ^= 1u;", "", GEMM),
    Mutant("the blocks before the last forgotten in the form for GPUs", "lib/gemm_group.cl", "if (K > K_BLOCK) y = total[r][v] + y;", "", GEMM),
    Mutant("an item's vectors side by side in C alone", "lib/gemm_group.cl", "column = n0 + (v * TX + tx) * 4u", "column = n0 + (tx * NV + v) * 4u", GEMM),
    Mutant("a row of A for the next item's", "lib/gemm_tiles.cl", "(k)*A_STEP + ty * MR + (r)", "(k)*A_STEP + (ty * MR + (r) + MR / 8u) % BM", GEMM),
    Mutant("the second of two products without its first tiles", "gemm_pair.cl", "group - sizes_1.s7", "max(group - sizes_1.s7, 1u)", FUSED),
    Mutant("the second of two products by the tile of the first", "lib/gemm_part.cl", "tile - row * panels", "0u", FUSED),
    Mutant("a pair's bias by half of its rows", "lib/gemm_part.cl", "(is_bias ? group - groups : group) * at_once", "(is_bias ? (group - groups) / 2u : group) * at_once", FUSED),
    Mutant("a loss in the product's launch with its neighbour's label", "lib/gemm_loss.cl", "m0 + item)];", "m0 + (item ^ 1u))];", FUSED),
    Mutant("a loss in the product's launch at the epoch's first places", "lib/gemm_loss.cl", "at = after->place + row", "at = row", FUSED),
    Mutant("a loss in the product's launch of logits without their bias", "lib/gemm_group.cl", "gemm_follow(after, y, row, column, N - column), N", "y, N", FUSED),
    Mutant("a gradient in the product's launch by the groups' rows", "lib/gemm_loss.cl", "columns, label, after->loss_scale,", "columns, label, 1.0f / (float)(BM * get_num_groups(1)),", FUSED),
    Mutant("samples gathered in order, not shuffled", "lib/gemm_gather.cl", "clonal_sample(after->order, after->shuffled,", "clonal_sample(after->order, 0u,", FUSED),
    Mutant("samples gathered a step late", "lib/gemm_group.cl", "GEMM_GATHER_B_AT(next + BK)", "GEMM_GATHER_B_AT(next)", FUSED),
]

ELEMENTWISE = [
    Mutant("the bias of the next column", "arithmetic.cl", "b[(uint)i % columns]", "b[((uint)i + 1u) % columns]", ("activations",)),
    Mutant("relu: NaN becomes zero", "lib/relu.cl", "((V)(0.0f) > (x) ? (V)(0.0f) : (x))", "((x) > (V)(0.0f) ? (x) : (V)(0.0f))", ("activations", "fused")),
    Mutant("relu's derivative at zero", "lib/relu.cl", "((y) > (V)(0.0f) ? (dy)", "((y) >= (V)(0.0f) ? (dy)", ("gradients", "fused")),
    Mutant("sigmoid's derivative: a difference and a product", "lib/sigmoid.cl", "((dy)*FMA(-(y), (y), (y)))", "((dy) * ((y) * ((V)(1.0f) - (y))))", ("gradients", "fused")),
    Mutant("tanh's derivative: a square first", "lib/tanh.cl", "((dy)*FMA(-(y), (y), (V)(1.0f)))", "((dy) * ((V)(1.0f) - (y) * (y)))", ("gradients", "fused")),
    Mutant("gelu: a product and a sum", "lib/gelu.cl", "return clonal_fma(h, e, h);", "return h * e + h;", ("activations", "fused")),
    Mutant("gelu's derivative without its density", "lib/gelu.cl", "clonal_fma(x, density, below)", "below", ("gradients", "fused")),
    Mutant("erf's branch", "lib/erf.cl", "a > 1.0f", "a > 0.5f", ("functions", "activations")),
    Mutant("silu's derivative: product and sum", "lib/silu.cl", "t = clonal_fma(x, t, 1.0f);", "t = x * t + 1.0f;", ("gradients", "fused")),
    Mutant("leaky_relu: zero below zero", "lib/leaky_relu.cl", "((x) > (V)(0.0f) ? (x) : (x) * (V)(a))", "((x) > (V)(0.0f) ? (x) : (V)(0.0f))", ("activations", "fused")),
    Mutant("leaky_relu's derivative at zero", "lib/leaky_relu.cl", "((x) > (V)(0.0f) ? (dy)", "((x) >= (V)(0.0f) ? (dy)", ("gradients", "fused")),
    Mutant("layer_norm: the mean of squares less the mean's square", "layer_norm.cl", "float d = x[c] - mean;\n            sum = squares",
           "float d = x[c];\n            sum = squares", ("activations",)),
    Mutant("layer_norm without its epsilon", "layer_norm.cl", "variance = variance + epsilon;", "", ("activations",)),
    Mutant("layer_norm: product and sum", "layer_norm.cl", "clonal_fma(n[i], weight[c], bias[c])", "n[i] * weight[c] + bias[c]", ("activations",)),
    Mutant("layer_norm's derivative: product and difference", "layer_norm.cl", "t = clonal_fma(-n[c], b, t);", "t = t - n[c] * b;", ("gradients",)),
    Mutant("layer_norm's weight: product and sum", "reduce.cl", "clonal_fma(a[at], b[at], sum)", "sum + a[at] * b[at]", ("gradients",)),
    Mutant("momentum times the gradient", "lib/sgd.cl", "g = FMA((V)((s).s1), v0, g);", "g = FMA((V)((s).s1), g, v0);", ("weights", "fused")),
    Mutant("the gradient for a velocity that is 0", "lib/sgd.cl", "g = FMA((V)((s).s1), v0, g);", "g = v0 == (V)(0.0f) ? g : FMA((V)((s).s1), v0, g);", ("weights", "fused")),
    Mutant("weight decay: product and sum", "lib/sgd.cl", "g = FMA((V)((s).s2), w, g);", "g = (V)((s).s2) * w + g;", ("weights", "fused")),
    Mutant("the update: product and difference", "lib/sgd.cl", "w = FMA((V)(-(s).s0), g, w);", "w = w - (V)((s).s0) * g;", ("weights", "fused")),
    Mutant("adam's epsilon within the root", "lib/adam.cl", "q = clonal_fma(q, s.s4, s.s5);", "q = q * s.s4;", ("weights", "fused")),
    Mutant("adam's first moment: two products", "lib/adam.cl", "clonal_fma(s.s1, d, *first)", "(s.s1 * g + (1.0f - s.s1) * *first)", ("weights", "fused")),
    Mutant("adam's second moment: product and sum", "lib/adam.cl", "clonal_fma(s.s3, square, kept)", "(s.s3 * square + kept)", ("weights", "fused")),
    Mutant("adamw's decay on the gradient", "lib/adam.cl", "w = w * s.s6;", "g = clonal_fma(1.0f - s.s6, w, g);", ("weights", "fused")),
    Mutant("a pixel times 1/255", "lib/pixels.cl", "clonal_fma, LOAD_WIDTH)(left, reciprocal, q)", "clonal_fma, LOAD_WIDTH)(0.0f * left, reciprocal, q)", ("activations",)),
    Mutant("a pixel at the row's end times 1/255", "lib/pixels.cl", "return clonal_fma(left, LOAD_RECIPROCAL, q)", "return q", ("activations",)),
    Mutant("no shuffling", "lib/order.cl", "shuffled ? (size_t)order[place + row] : place + row", "place + row", ("activations",)),
    Mutant("every batch the epoch's first", "lib/order.cl", "order[place + row]", "order[row]", ("activations",)),
]

MATH = [
    Mutant("a bit of exp's coefficient", "lib/math.cl", "0x1.1238b0p-7f", "0x1.1238b2p-7f", FUNCTIONS),
    Mutant("exp: ln 2 in one piece", "lib/math.cl", "(-0x1.05c610p-29f)", "(0.0f)", FUNCTIONS),
    Mutant("exp clamped too low", "lib/math.cl", "x > 89.0f ? 89.0f", "x > 88.0f ? 88.0f", FUNCTIONS),
    Mutant("log's branch", "lib/math.cl", "0x3f3504f3u", "0x3f400000u", FUNCTIONS),
    Mutant("one Newton step fewer in a quotient", "lib/math.cl",
           "    t = clonal_fma(-dh, y, 1.0f);\n    y = clonal_fma(y, t, y);\n    float q = nh * y;", "    float q = nh * y;", FUNCTIONS),
    Mutant("division without its last correction", "lib/math.cl", "q = low ? q - 1u : high ? q + 1u : q;", "", FUNCTIONS),
    Mutant("division rounded down", "lib/math.cl", "base + kept + up;\n\n    int zero_a", "base + kept;\n\n    int zero_a", FUNCTIONS),
    Mutant("square root rounded down", "lib/math.cl", "((s + 1u) >> 1)", "(s >> 1)", FUNCTIONS),
    Mutant("tanh: x itself up to 2^-10", "lib/math.cl", "a < 0x1p-12f ? x", "a < 0x1p-10f ? x", FUNCTIONS),
    Mutant("no subnormals", "lib/math.cl", "uint u = subnormal ? as_uint(up) : magnitude", "uint u = magnitude", FUNCTIONS),
]

LOSSES = [
    Mutant("softmax without its maximum", "lib/cross_entropy.cl", "float m = row_maximum(z, columns);", "float m = 0.0f;", LOSS),
    Mutant("the classes' sum backwards", "lib/cross_entropy.cl", "for (uint c = start; c < end; c++) sum = sum + clonal_exp(z[c] - m);",
           "for (uint c = end; c-- > start;) sum = sum + clonal_exp(z[c] - m);", LOSS),
    Mutant("the classes' sum in two halves", "lib/cross_entropy.cl", "CLONAL_IN_ORDER\n        for (uint c = start; c < end; c++) sum = sum + clonal_exp(z[c] - m);",
           "float other = 0.0f; for (uint c = start; c < end; c++) "
           "{ float e = clonal_exp(z[c] - m); if (c & 1u) other = other + e; else sum = sum + e; } sum = sum + other;", LOSS),
    Mutant("native_exp", "lib/cross_entropy.cl", "float p = clonal_exp(z[c] - m) * reciprocal;\n        dz", "float p = native_exp(z[c] - m) * reciprocal;\n        dz", LOSS),
    Mutant("the loss's sum in another order", "lib/cross_entropy.cl", "clonal_log(s) - (z[label] - m)", "(clonal_log(s) + m) - z[label]", LOSS),
    Mutant("the last largest class", "lib/cross_entropy.cl", "z[c] > z[best]", "z[c] >= z[best]", FUSED),
    Mutant("a contraction", "lib/cross_entropy.cl", "(p - (c == label ? 1.0f : 0.0f)) * scale",
           "fma(clonal_exp(z[c] - m), reciprocal, c == label ? -1.0f : -0.0f) * scale", LOSS),
    Mutant("the label off by one", "lib/cross_entropy.cl", "c == label ? 1.0f", "c + 1u == label ? 1.0f", LOSS),
    Mutant("1/rows twice instead of once", "lib/cross_entropy.cl", "(p - (c == label ? 1.0f : 0.0f)) * scale", "p * scale - (c == label ? scale : 0.0f)", LOSS),
    Mutant("1/rows, rows as launched", "lib/cross_entropy.cl", "(p - (c == label ? 1.0f : 0.0f)) * scale",
           "(p - (c == label ? 1.0f : 0.0f)) * (1.0f / (float)get_global_size(0))", LOSS),
    Mutant("the squared error's gradient halved", "loss.cl", "dy[c] = d * scale", "dy[c] = d * scale * 0.5f", LOSS),
    Mutant("a product and a sum for fma in the squared error", "loss.cl", "sum = clonal_fma(d, d, sum)", "sum = sum + d * d", LOSS),
]

# By the large cases alone: sums of more than 1024, what is rare, and what the small cases' overflow hides.
LARGE = [
    Mutant("the fused derivative at zero", "lib/gemm_epilogue.cl", "saved > (gemm_vec)(0.0f) ? y * after->scale", "saved >= (gemm_vec)(0.0f) ? y * after->scale", FUSED),
    Mutant("blocks of 512 classes", "lib/cross_entropy.cl", "1024u", "512u", LOSS),
    Mutant("classes in one block", "lib/cross_entropy.cl", "1024u", "65536u", LOSS),
    Mutant("blocks of 512 rows in a bias's gradient", "reduce.cl", "1024u", "512u", ("gradients",)),
    Mutant("the blocks' sums backwards", "lib/cross_entropy.cl", ("float s = 0.0f;\n    for (uint start = 0; start < columns; start += 1024u)",
                                                    "s = start == 0u ? sum : s + sum;"),
           ("float s = 0.0f;\n    for (uint start = (columns - 1u) / 1024u * 1024u; start < columns; start -= 1024u)", "s = s + sum;"), LOSS),
    Mutant("zeros of A left out beside infinities of B", "lib/gemm_skip.cl", "if (!finite && !all_listed) {", "if (false) {", GEMM),
    Mutant("sums of -0 as zeros left out leave them", "lib/gemm_skip.cl", "counts[r] = gemm_has_negative_zero(GEMM_SUMS(r, n0)) ? 1u : 0u;", "counts[r] = 0u;", GEMM),
    Mutant("subnormal numbers left out as zeros", "lib/gemm_skip.cl", "#define GEMM_SIZE_OF(words) ((words)&0x7fffffff)", "#define GEMM_SIZE_OF(words) ((words)&0x7f800000)", GEMM),
    Mutant("a list that goes on where the last of the transposed rows ended", "lib/gemm_skip.cl", "k0 == 0u ? 0u : to->count[r0 + r]", "0u", GEMM),
    Mutant("the group without a task", "lib/gemm_skip.cl", "if (group == sizes.s7) return;", "if (group == 0u) return;", GEMM),
    Mutant("a block's sums begun with those of the last", "lib/gemm_skip.cl", "counts[r],\n                                   k1 == 0u)", "counts[r],\n                                   k0 + k1 == 0u)", GEMM),
    Mutant("the last tile of a packed A not moved up", "lib/gemm_blocks.cl", "a + min(i, M - MR)", "a + i", GEMM),
    Mutant("tiles of a packed A that overlap", "lib/gemm_blocks.cl", "(K_BLOCK * MR + GEMM_LINE)", "(K_BLOCK * MR - GEMM_LINE)", GEMM),
    Mutant("a packed A's last block alone", "lib/gemm_blocks.cl", "columns, k0 == 0u,", "columns, true,", GEMM),
    Mutant("a packed A's panels that end early", "lib/gemm_blocks.cl", "n0 < columns1; n0 += NR", "n0 + NR < columns1 + 1u; n0 += NR", GEMM),
    Mutant("blocks of 512 in the GEMM", "lib/gemm_vector.cl", "#define K_BLOCK 1024u", "#define K_BLOCK 512u", GEMM),
    Mutant("a row far down that nobody writes", "gemm_native.cl", "if (row < i || row >= M) continue;", "if (row < i || row >= M || row == 511u) continue;", ("gemm",)),
    Mutant("a large matrix made of other rows", "admission.cl", "table[(size_t)of[r] * columns + c]", "table[(size_t)(of[r] / 2u) * columns + c]", ("gemm",)),
    Mutant("a comparison that sees nothing", "admission.cl", "if (is == wanted ||", "if (is != wanted ||", ("gemm",)),
    Mutant("a comparison blind to signs", "admission.cl", "if (is == wanted ||", "if (((is ^ wanted) & 0x7fffffffu) == 0u ||", ("gemm",)),
    Mutant("a comparison without the last column", "admission.cl", "if (c >= columns) return;", "if (c + 1u >= columns) return;", ("gemm",)),
]

REDUCTIONS = [
    Mutant("a bias's gradient begun with -0", "reduce.cl", "float sum = 0.0f;", "float sum = -0.0f;", ("gradients",)),
    Mutant("a bias's gradient backwards", "reduce.cl", "sum = TERM(sum, (size_t)i * columns + j)", "sum = TERM(sum, (size_t)(end - 1u - (i - start)) * columns + j)", ("gradients",)),
    Mutant("blocks as long as the work-group says", "reduce.cl", "1024u", "((uint)get_local_size(0) * 4u)", ("gradients",)),
]

GEMMS = [
    Mutant("a product and a sum for fma", "lib/gemm_vector.cl", "#define GEMM_FMA GEMM_CAT(clonal_fma, VW)", "#define GEMM_FMA(a, b, c) ((a) * (b) + (c))", GEMM),
    Mutant("the sum over k begun with the bias's -0", "gemm_native.cl", "acc[r][v] = (gemm_vec)(0.0f);\n    uint k", "acc[r][v] = (gemm_vec)(-0.0f);\n    uint k", GEMM),
    Mutant("k in another order", "gemm_native.cl", "GEMM_STEP(k + u)", "GEMM_STEP(k + (u ^ 1u))", GEMM),
    Mutant("mad for fma", "lib/gemm_vector.cl", "#define GEMM_FMA GEMM_CAT(clonal_fma, VW)", "#define GEMM_FMA(a, b, c) mad(a, b, c)", GEMM),
    Mutant("a row of the last tile twice", "gemm_native.cl", "if (row < i || row >= M) continue;", "if (row >= M) continue;", FUSED),
    Mutant("a bias's fused gradient backwards", "gemm_native.cl", "dy + k * ld, count)", "dy + (k1 - 1u - (k - k0)) * ld, count)", FUSED),
    Mutant("the fused bias of the first columns", "lib/gemm_epilogue.cl", "after->bias + column", "after->bias", FUSED),
    Mutant("the fused mask off by a block", "lib/gemm_epilogue.cl", "(column + v * VW) / 4u, row", "(column + v * VW) / 4u + 1u, row", FUSED),
    Mutant("the fused mask scaled after selection", "lib/gemm_epilogue.cl", "y = keep ? y * after->scale : (gemm_vec)(0.0f);",
           "y = (keep ? y : (gemm_vec)(0.0f)) * after->scale;", FUSED),
    Mutant("the fused mask's p = 1 forgotten", "lib/gemm_epilogue.cl", "(after->keep_any != 0u ? -1 : 0)", "(-1)", FUSED),
]

SMALL = PHILOX + DROPOUT + NOISE + ELEMENTWISE + MATH + LOSSES + REDUCTIONS + GEMMS

# A driver that takes liberties: PoCL with this option for every program. Its contractions and approximations need its optimizer.
FAST_MATH = "-cl-fast-relaxed-math"

# Breaks that the probe finds and goes round, by another body of fma: verify must find all bits equal, and fma not built-in.
HEALED = [
    Mutant("fma: a product and a sum", "lib/fma.cl", "float clonal_fma(float a, float b, float c)\n{\n    return fma(a, b, c);",
           "float clonal_fma(float a, float b, float c)\n{\n    return a * b + c;", ()),
    Mutant("fma of vectors: a product and a sum", "lib/fma.cl", "float16 clonal_fma16(float16 a, float16 b, float16 c)\n{\n    return fma(a, b, c);",
           "float16 clonal_fma16(float16 a, float16 b, float16 c)\n{\n    return a * b + c;", ()),
]
