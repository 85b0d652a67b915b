"""Arrays and archives that NumPy writes, of every type, order, version and shape, against the values that NumPy reads from them; and
files that lie, each with its one line of cause."""
import hashlib
import io
import os
import resource
import struct
import subprocess
import sys
import unittest
import warnings
import zipfile

try:
    import numpy as np
except ImportError:
    print('skipped: no numpy')
    sys.exit(77)

PROGRAM = os.environ['CLONAL_TEST_TREE'] + '/tests/dataset_digest'
RNG = np.random.default_rng(10)


def ask(*words):
    """The answer of dataset_digest: a digest, or the failure."""
    done = subprocess.run([PROGRAM], input='\t'.join(words) + '\n', capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr, done.stdout.count('\n')) == (0, '', 1), (words, done)
    return done.stdout.rstrip('\n')


def expected(x, y=None):
    """The digest that clonal/data.h promises of the same data in whatever file: its text, samples, labels or targets."""
    with np.errstate(all='ignore'):  # binary64 beyond binary32's range is infinite there
        samples = x if x.dtype == np.uint8 else x.astype(np.float32)
    title = 'clonal dataset 1: %s %s' % ('u8' if x.dtype == np.uint8 else 'f32', ' '.join(map(str, x.shape)))
    body = little(samples)
    if y is None:
        title += ' samples'
    elif y.dtype.kind == 'f':
        columns = y.reshape(len(y), -1)
        title += ' targets %d' % columns.shape[1]
        body += little(columns.astype(np.float32))
    else:
        title += ' labels'
        body += little(y.reshape(-1).astype(np.uint32))
    return 'sha256:' + hashlib.sha256(title.encode() + b'\n' + body).hexdigest()


def little(values):
    """The bytes that digests are of: in C's order, little-endian, every NaN the contract's."""
    if values.dtype.kind == 'f':
        values = np.where(np.isnan(values), np.array([0x7fc00000], np.uint32).view(np.float32)[0], values)
    return values.astype(values.dtype.newbyteorder('<')).tobytes('C')


def values(kind, shape):
    """Numbers of a type, its extremes among them."""
    kind = np.dtype(kind)
    count = int(np.prod(shape))
    raw = RNG.integers(0, 256, count * kind.itemsize, dtype=np.uint8).tobytes()
    if kind.kind == 'b':
        return (np.frombuffer(raw, np.uint8) > 127).reshape(shape)
    array = np.frombuffer(raw, kind).copy()
    if kind.kind == 'f':
        edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 1 / 3, np.finfo(kind).max, np.finfo(kind).tiny, np.finfo(kind).smallest_subnormal]
    else:
        about = np.iinfo(kind)
        edges = [about.min, about.max, 0, 1, about.max - 1, about.max // 2 + 1]
        edges += [e for e in (2**24 + 1, 2**24 + 3, 2**53 + 1, 2**54 + 2**30 + 1, 2**40 + 2**16, 2**40 + 2**16 + 1) if e <= about.max]
    array[:len(edges)] = np.array(edges, kind.newbyteorder('='))[:count]
    return array.reshape(shape)


TYPES = ['|u1', '|i1', '|b1'] + [order + kind for order in '<>' for kind in ('u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f2', 'f4', 'f8')]


class Npy(unittest.TestCase):
    def save(self, name, array, version=None):
        with open(name, 'wb') as file, warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of versions 2 and 3, which old NumPys do not read
            np.lib.format.write_array(file, array, version)
        return name

    def test_types(self):
        for kind in TYPES:
            with np.errstate(all='ignore'):
                array = values(kind, (7, 4, 3))
                self.assertEqual(ask('files', self.save('x.npy', array)), expected(array), kind)

    def test_every_half(self):
        """All 65,536 values of binary16 are exact in binary32."""
        array = np.arange(65536, dtype=np.uint16).view('<f2').reshape(256, 256)
        self.assertEqual(ask('files', self.save('x.npy', array)), expected(array))

    def test_versions_orders_and_shapes(self):
        for version in ((1, 0), (2, 0), (3, 0)):
            for shape in ((5, 3), (5, 3, 2), (4, 3, 2, 5), (3, 4, 2, 2, 3), (1, 1), (11, 1, 2)):
                for kind in ('|u1', '>i4', '<f8'):
                    for order in 'CF':
                        array = np.array(values(kind, shape), order=order)
                        told = ask('files', self.save('x.npy', array, version))
                        self.assertEqual(told, expected(array), (version, shape, kind, order))

    def test_labels(self):
        x = values('|u1', (6, 4))
        for kind in TYPES:
            whole = np.array([0, 1, 1, 0, 1, 0] if kind == '|b1' else [0, 5, 127, 3, 1, 2]).astype(kind)
            for y in (whole, whole[:, None], np.asfortranarray(whole[:, None])):
                self.assertEqual(ask('files', self.save('x.npy', x), self.save('y.npy', y)), expected(x, y), kind)
        for y in (np.float32([[0, 1], [2, 3], [4, 5]] * 2), np.asfortranarray(RNG.random((6, 3)))):  # targets
            self.assertEqual(ask('files', 'x.npy', self.save('y.npy', y)), expected(x, y))

    def test_wrong_labels(self):
        self.save('x.npy', values('|u1', (3, 4)))
        for y, says in [(np.int8([0, -1, 2]), 'y.npy: label 1 is -1, where labels are 0 or more'),
                        (np.array([0, 1, -2**63]), 'label 2 is -9223372036854775808,'),
                        (np.uint64([2**64 - 1, 0, 0]), 'label 0 is 18446744073709551615, where labels are below 2^31'),
                        (np.uint32([0, 0, 2**31]), 'label 2 is 2147483648,'),
                        (np.eye(3, dtype=np.uint8), 'y.npy has 3 whole numbers a sample, where a label is one, its class: of one-hot rows save'),
                        (np.zeros((3, 1, 1), np.uint8), 'y.npy has 3 dimensions'),
                        (np.zeros((3, 1, 1)), 'y.npy has 3 dimensions'),
                        (np.uint8([1, 2]), 'x.npy holds 3 images, y.npy 2 labels: name two that belong together')]:
            self.assertIn(says, ask('files', 'x.npy', self.save('y.npy', y)))

    def test_refused_types(self):
        for array, says in [(np.array([[1, 'a'], [2, None]], object), 'holds Python objects, a pickle that Clonal never opens (|O)'),
                            (np.array([['a', 'bc']]), 'holds texts (<U2)'), (np.array([[b'a', b'bc']]), 'holds texts (|S2)'),
                            (np.ones((2, 2), complex), 'holds complex numbers (<c16)'), (np.ones((2, 2), '<M8[s]'), 'holds times (<M8[s])'),
                            (np.ones((2, 2), '<m8'), 'holds times'), (np.ones((2, 2), 'V3'), 'holds records or raw bytes (|V3)'),
                            (np.ones((2, 2), [('a', '<f4'), ('b', '<i4')]), 'holds records (a structured array)'),
                            (np.ones((2, 2), np.longdouble), 'holds floats of another size (<f16)')]:
            with open('x.npy', 'wb') as file:
                np.lib.format.write_array(file, array)
            told = ask('files', 'x.npy')
            self.assertIn('x.npy ' + says, told)
            self.assertIn('save it as one of these', told)
        for shape, says in [((), '0 dimensions'), ((4,), '1 dimension, where samples have 2 to 5'), ((2, 1, 1, 1, 1, 1), '6 dimensions'),
                            ((0, 3), 'its dimension 0 is 0'), ((3, 2, 0), 'its dimension 2 is 0')]:
            self.assertIn(says, ask('files', self.save('x.npy', np.zeros(shape, np.uint8))))

    def write(self, header, body=b'', version=(1, 0), length=None):
        with open('x.npy', 'wb') as file:
            length = len(header) if length is None else length
            file.write(b'\x93NUMPY' + bytes(version) + struct.pack('<H' if version[0] == 1 else '<I', length) + header + body)

    def test_headers_as_others_write_them(self):
        for header in [b"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n", b'{"shape":(2,3),"fortran_order":False,"descr":"|u1"}',
                       b"{'descr': '<u1', 'fortran_order': True, 'shape': (2L, 3L)}", b" { 'shape' : ( 2 , 3 , ) , 'descr' : '>u1' , 'fortran_order' : False , } "]:
            self.write(header, bytes(range(6)))
            self.assertEqual(ask('files', 'x.npy'), expected(np.load('x.npy')))

    def test_lying_headers(self):
        shape = b"{'descr': '<f4', 'fortran_order': False, 'shape': %s, }"
        no_dictionary = 'has a header that does not tell descr, fortran_order and shape, once each'
        for header, says in [(shape % b'(4294967295, 4294967295)', '2^32 elements'), (shape % b'(4294967296, 1)', '2^32 elements'),
                             (shape % b'(18446744073709551616, 1)', '2^32 elements'), (shape % b'(65536, 65536)', '2^32 elements'),
                             (shape % b'(99999999999999999999999999, 0)', '2^32 elements'), (shape % b'(4294967295, 1)', 'truncated: 8 bytes of the 17179869180'),
                             (shape % b'(2, 2)', 'truncated: 8 bytes of the 16'), (shape % b'(1, 1)', 'goes on after the 4 bytes'),
                             (shape % b'(-1, 2)', no_dictionary), (shape % b'(1, 2', no_dictionary), (shape % b'[1, 2]', no_dictionary),
                             (shape % b'(1.0, 2)', no_dictionary), (shape % b'(2)', no_dictionary), (shape % b'(1 2)', no_dictionary), (shape % b'(,)', no_dictionary),
                             (shape % b'(1, 2)' + b'x', no_dictionary), (shape % b'(1, 2)' + b'\0', no_dictionary), (b'', no_dictionary), (b'{}', no_dictionary), (b'{' * 60000, no_dictionary),
                             (b"{'descr': '<f4', 'shape': (1, 2)}", no_dictionary), (b"{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 2)}", no_dictionary),
                             (b"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}", no_dictionary),
                             (b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'more': 1}", no_dictionary),
                             (b"{'descr': '<f4' 'fortran_order': False, 'shape': (1, 2)}", no_dictionary), (b"{'descr': '<f\x004', 'fortran_order': False, 'shape': (1, 2)}", no_dictionary),
                             (b"{'descr': '<f4\\x00', 'fortran_order': False, 'shape': (1, 2)}", no_dictionary), (b"{'descr': '" + b'<f4' * 40 + b"', 'fortran_order': False, 'shape': (1, 2)}", no_dictionary),
                             (b"{'descr': '\x1b[2J', 'fortran_order': False, 'shape': (1, 2)}", no_dictionary), (b"{'descr': '<f4", no_dictionary),
                             (b"{'descr': '', 'fortran_order': False, 'shape': (1, 2)}", 'elements of an unknown type'), (b"{'descr': '|f4', 'fortran_order': False, 'shape': (1, 2)}", 'of another size'),
                             (b"{'descr': '<x4', 'fortran_order': False, 'shape': (1, 2)}", 'unknown type (<x4)'), (b"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2)}", 'a structured array')]:
            self.write(header, b'\0' * 8)
            told = ask('files', 'x.npy')
            self.assertTrue(told.startswith('CLONAL_E_FORMAT x.npy '), told)
            self.assertIn(says, told, header)
        good = shape % b'(1, 2)'
        for version, length, says in [((2, 0), 2**32 - 1, 'a header of 4294967295 bytes'), ((3, 0), 65536, 'a header of 65536 bytes'), ((1, 0), 65535, 'truncated in its header'),
                                      ((1, 0), len(good) - 1, no_dictionary), ((0, 0), 9, 'version 0.0'), ((4, 0), 9, 'version 4.0'), ((1, 1), 9, 'version 1.1'), ((255, 255), 9, 'version 255.255')]:
            self.write(good, b'\0' * 8, version, length)
            self.assertIn(says, ask('files', 'x.npy'))

    def test_cut_and_lengthened(self):
        array = values('<f4', (3, 4))
        with open(self.save('x.npy', array), 'rb') as file:
            sound = file.read()
        for cut in range(len(sound)):
            with open('x.npy', 'wb') as file:
                file.write(sound[:cut])
            told = ask('files', 'x.npy') if cut % 8 < 2 or cut < 12 else 'CLONAL_E_FORMAT x.npy is '
            self.assertTrue(told.startswith('CLONAL_E_FORMAT x.npy is '), (cut, told))
        with open('x.npy', 'wb') as file:
            file.write(sound + b'\0')
        self.assertIn('goes on after the 48 bytes', ask('files', 'x.npy'))
        with open('x.npy', 'wb') as file:
            file.write(b'GIF89a')
        self.assertIn('x.npy is no array of NumPy\'s', ask('files', 'x.npy'))
        self.assertIn('CLONAL_E_IO cannot open none.npy: No such file', ask('files', 'none.npy'))


class Npz(unittest.TestCase):
    def setUp(self):
        self.x, self.y, self.X, self.Y = values('|u1', (9, 4, 5)), RNG.integers(0, 10, 9), values('|u1', (4, 4, 5)), RNG.integers(0, 10, 4)

    def opens(self, path, names=('x_train', 'y_train', 'x_test', 'y_test')):
        self.assertEqual(ask('open', path, 'train'), expected(self.x, self.y), names)
        self.assertEqual(ask('open', path, 'test'), expected(self.X, self.Y), names)

    def arrays(self, names=('x_train', 'y_train', 'x_test', 'y_test')):
        return dict(zip(names, (self.x, self.y, self.X, self.Y)))

    def test_names(self):
        for names in [('x_train', 'y_train', 'x_test', 'y_test'), ('X_train', 'y_train', 'X_test', 'y_test'), ('X_train', 'Y_train', 'X_test', 'Y_test'),
                      ('train_images', 'train_labels', 'test_images', 'test_labels')]:
            for save in (np.savez, np.savez_compressed):
                save('a.npz', **self.arrays(names), val_images=self.X, val_labels=self.Y, other=np.array(['text']))
                self.opens('a.npz', names)
            folder = ' '.join(names)
            os.makedirs(folder)
            for name, array in self.arrays(names).items():
                np.save(f'{folder}/{name}.npy', array)
            self.opens(folder, names)
            self.assertEqual(ask('files', f'{folder}/{names[0]}.npy'), expected(self.x))
        os.rename('a.npz', 'archive of no ending')
        self.opens('archive of no ending')

    def test_same_as_idx(self):
        """The same data have one digest, whichever file they are from."""
        os.makedirs('idx')
        for name, array in (('train-images-idx3', self.x), ('train-labels-idx1', self.y), ('t10k-images-idx3', self.X), ('t10k-labels-idx1', self.Y)):
            with open(f'idx/{name}-ubyte', 'wb') as file:
                file.write(bytes([0, 0, 8, array.ndim]) + struct.pack('>%dI' % array.ndim, *array.shape) + array.astype(np.uint8).tobytes())
        np.savez_compressed('same.npz', **self.arrays())
        for part in ('train', 'test'):
            self.assertEqual(ask('open', 'idx', part), ask('open', 'same.npz', part))

    def test_candidates(self):
        np.savez('two.npz', **self.arrays(), train_images=self.x)
        self.assertIn('CLONAL_E_IO two.npz holds several arrays of train images: x_train.npy, train_images.npy: save those', ask('open', 'two.npz', 'train'))
        with warnings.catch_warnings(), zipfile.ZipFile('twice.npz', 'w') as archive:
            warnings.simplefilter('ignore')
            for _ in range(2):
                archive.writestr('x_train.npy', b'')
        self.assertIn('several arrays of train images: x_train.npy, x_train.npy', ask('open', 'twice.npz', 'train'))
        np.savez('none.npz', a=self.x, b=self.y)
        self.assertIn('CLONAL_E_IO none.npz holds none of x_test.npy, X_test.npy, test_images.npy, but a.npy, b.npy: save', ask('open', 'none.npz', 'test'))
        zipfile.ZipFile('empty.npz', 'w').close()
        self.assertIn('holds none of x_train.npy, X_train.npy, train_images.npy, but nothing', ask('open', 'empty.npz', 'train'))
        np.savez('many.npz', **{'n' * 200 + str(i): self.y for i in range(40)})
        self.assertLess(len(ask('open', 'many.npz', 'train')), 1200)
        os.makedirs('mixed')
        np.save('mixed/x_train.npy', self.x)
        with open('mixed/train-images-idx3-ubyte', 'wb') as file:
            file.write(b'x')
        self.assertIn('CLONAL_E_IO mixed holds several files of train images: train-images-idx3-ubyte, x_train.npy: put those', ask('open', 'mixed', 'train'))
        os.remove('mixed/x_train.npy')
        np.save('mixed/y_train.npy', self.y)
        self.assertIn('is an array of NumPy\'s, the other none: name two of a kind', ask('open', 'mixed', 'train'))
        os.makedirs('keras')
        np.savez('keras/mnist.npz', **self.arrays())
        self.assertIn('but an archive: name that, keras/mnist.npz, with --data', ask('open', 'keras', 'train'))
        self.assertIn('mixed/y_train.npy is no folder, nor a NumPy archive', ask('open', 'mixed/y_train.npy', 'train'))
        self.assertIn('is an archive', ask('files', 'keras/mnist.npz'))

    def test_mismatched(self):
        np.savez('a.npz', x_train=self.x, y_train=self.Y)
        self.assertIn('CLONAL_E_FORMAT a.npz: x_train.npy holds 9 images, a.npz: y_train.npy 4 labels', ask('open', 'a.npz', 'train'))

    def member(self, change, method=zipfile.ZIP_STORED):
        """An archive whose first member's headers, local and central, change(zip's bytes, their places) has edited."""
        with zipfile.ZipFile('lie.npz', 'w', method) as archive:
            for name, array in self.arrays().items():
                body = io.BytesIO()
                np.save(body, array)
                archive.writestr(name + '.npy', body.getvalue())
        with open('lie.npz', 'rb') as file:
            raw = bytearray(file.read())
        change(raw, raw.index(b'PK\1\2'))
        with open('lie.npz', 'wb') as file:
            file.write(raw)
        return ask('open', 'lie.npz', 'train')

    def test_damaged(self):
        def put(local, central, form, value):
            def change(raw, at):
                struct.pack_into(form, raw, local, value)
                struct.pack_into(form, raw, at + central, value)
            return change

        self.assertEqual(self.member(lambda raw, at: None), expected(self.x, self.y))
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            for what, change in {'sum': put(14, 16, '<I', 1), 'larger': put(22, 24, '<I', 10**6), 'smaller': put(22, 24, '<I', 100), 'huge': put(22, 24, '<I', 0xfffffff0),
                                 'packed larger': put(18, 20, '<I', 10**6), 'packed smaller': put(18, 20, '<I', 40), 'method': put(8, 10, '<H', 99), 'encrypted': put(6, 8, '<H', 1),
                                 'place': put(3, 42, '<I', 10**8), 'body': lambda raw, at: raw.__setitem__(300, raw[300] ^ 1), 'no end': lambda raw, at: raw.__delitem__(slice(-30, None)),
                                 'entries': lambda raw, at: struct.pack_into('<HH', raw, len(raw) - 14, 60000, 60000), 'nothing but PK': lambda raw, at: raw.__delitem__(slice(2, None)),
                                 'directory': lambda raw, at: struct.pack_into('<I', raw, len(raw) - 6, 0xfffffff0)}.items():
                told = self.member(change, method)
                if what == 'packed larger' and method == zipfile.ZIP_DEFLATED:  # the stream ends itself, and has its sum
                    self.assertEqual(told, expected(self.x, self.y))
                    continue
                self.assertTrue(told.startswith('CLONAL_E_FORMAT lie.npz'), (what, method, told))
                if what in ('sum', 'larger', 'smaller'):
                    self.assertIn('lie.npz: x_train.npy', told, what)
        self.assertIn('x_train.npy is encrypted', self.member(put(6, 8, '<H', 1)))

    def test_name_with_a_nul(self):
        """Such a name is not cut at its NUL, and so no array's."""
        def change(raw, at):
            raw[30 + 11:30 + 11] = b'\0zz'
            raw[26] += 3
            at += 3
            raw[at + 28] += 3
            raw[at + 46 + 11:at + 46 + 11] = b'\0zz'
            for k, entry in enumerate([i for i in range(len(raw)) if raw[i:i + 4] == b'PK\1\2']):
                if k:
                    struct.pack_into('<I', raw, entry + 42, struct.unpack_from('<I', raw, entry + 42)[0] + 3)
            end = raw.index(b'PK\5\6')
            struct.pack_into('<II', raw, end + 12, *(value + 3 for value in struct.unpack_from('<II', raw, end + 12)))
        self.assertIn('CLONAL_E_IO lie.npz holds none of x_train.npy', self.member(change))
        self.assertIn('x_train.npy\0zz', open('lie.npz', 'rb').read().decode('latin-1'))

    def test_bomb(self):
        """A member of 512 MiB of zeros behind a header that tells of 8 bytes is not unpacked; nor is room made for what a header promises alone."""
        shape = "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }"
        for told, mebibytes, says in [('4, 2', 512, 'goes on after the 8 bytes'), ('4294967295, 1', 1, 'truncated: 1048576 bytes of the 4294967295')]:
            header = (shape % told).encode()
            with zipfile.ZipFile('bomb.npz', 'w', zipfile.ZIP_DEFLATED) as archive, archive.open('x_train.npy', 'w') as member:
                member.write(b'\x93NUMPY\1\0' + struct.pack('<H', len(header)) + header)
                for _ in range(mebibytes):
                    member.write(bytes(1 << 20))
            self.assertLess(os.path.getsize('bomb.npz'), 1000000)
            self.assertIn(says, ask('open', 'bomb.npz', 'train'))
        # the most memory that any dataset_digest so far has taken, in KiB (bytes on macOS)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform == 'darwin' else 1), 300000)

    def test_zip64(self):
        """As NumPy writes members to a file, and with sizes in a descriptor behind them, as it writes to a pipe."""
        class Pipe(io.RawIOBase):
            def __init__(self):
                self.bytes = b''

            def writable(self):
                return True

            def write(self, data):
                self.bytes += bytes(data)
                return len(data)
        pipe = Pipe()
        np.savez_compressed(pipe, **self.arrays())
        with open('pipe.npz', 'wb') as file:
            file.write(pipe.bytes)
        self.opens('pipe.npz')
        with zipfile.ZipFile('large.npz', 'w') as archive:
            for name, array in self.arrays().items():
                with archive.open(name + '.npy', 'w', force_zip64=True) as member:
                    np.lib.format.write_array(member, array)
        self.opens('large.npz')


unittest.main(verbosity=2)
