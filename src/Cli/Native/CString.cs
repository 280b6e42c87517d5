using Interpose.Images;

namespace Interpose.Cli.Native;

/// <summary>Strings for libc: NUL-terminated bytes, without loss for names that are no UTF-8.</summary>
internal static class CString
{
    /// <summary>The bytes of a string with a NUL behind.</summary>
    public static byte[] From(string text)
    {
        // Nearly everything is ASCII or proper UTF-8, and this is on the path of every launch.
        foreach (char c in text)
        {
            if (char.IsSurrogate(c))
            {
                return [.. LinuxText.Encode(text), 0];
            }
        }

        byte[] bytes = new byte[System.Text.Encoding.UTF8.GetByteCount(text) + 1];
        System.Text.Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
