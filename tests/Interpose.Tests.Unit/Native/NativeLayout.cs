using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Interpose.Tests.Unit.Native;

/// <summary>Compares a C# mirror with the C structure it mirrors.</summary>
internal static class NativeLayout
{
    /// <summary>Asserts that size, number of fields and every offset agree.</summary>
    /// <param name="header">Header below native-shim/include.</param>
    /// <param name="structure">Tag of the C structure.</param>
    /// <param name="fields">
    /// Its fields in order, separated by spaces, each the counterpart of one field of the mirror. Names in between may be
    /// left out where the mirror has one array for several fields.
    /// </param>
    public static void AssertSame<T>(string header, string structure, string fields)
        where T : unmanaged
    {
        string[] native = fields.Split(' ');
        FieldInfo[] mirror = [.. typeof(T).GetFields(Instance).OrderBy(f => f.MetadataToken)];
        Assert.Equal(native.Length, mirror.Length);

        string Offset(string field) => $"offsetof(struct {structure}, {field})";
        string size = $"sizeof(struct {structure})";
        Dictionary<string, ulong> values = CCompiler.Evaluate(header, [size, .. native.Select(Offset)]);

        Assert.Equal(values[size], (ulong)Unsafe.SizeOf<T>());
        Assert.Equal(
            native.Select(f => $"{f} at {values[Offset(f)]}"),
            native.Zip(mirror, (f, m) => $"{f} at {Marshal.OffsetOf<T>(m.Name)}"));
    }

    private const BindingFlags Instance = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;
}
