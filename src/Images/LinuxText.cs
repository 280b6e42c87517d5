using System.Buffers;
using System.Text;

namespace Interpose.Images;

/// <summary>
/// Paths, arguments and names as the kernel has them are bytes, usually but not always UTF-8. They are kept in C#
/// strings without loss: a byte that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte (the scheme
/// of PEP 383), which no valid UTF-8 can produce, so decoding and encoding again gives the same bytes.
/// </summary>
public static class LinuxText
{
    private const int EscapeBase = 0xDC00;

    /// <summary>Bytes to text; never fails.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[consumed..];
            }
            else
            {
                text.Append((char)(EscapeBase + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>Text from <see cref="Decode"/> back to its bytes.</summary>
    public static byte[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = new ArrayBufferWriter<byte>(text.Length + 8);
        Span<byte> one = stackalloc byte[4];
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            if (Rune.DecodeFromUtf16(rest, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                bytes.Write(one[..rune.EncodeToUtf8(one)]);
            }
            else
            {
                consumed = 1;
                bool escaped = rest[0] is >= '\uDC80' and <= '\uDCFF';
                one[0] = escaped ? (byte)(rest[0] - EscapeBase) : (byte)'?';
                bytes.Write(one[..1]);
            }

            rest = rest[consumed..];
        }

        return bytes.WrittenSpan.ToArray();
    }
}
