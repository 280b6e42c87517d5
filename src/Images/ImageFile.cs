using System.Runtime.InteropServices;
using Interpose.Images.Format;
using Microsoft.Win32.SafeHandles;

namespace Interpose.Images;

/// <summary>
/// An open image file and the way errors in it are said: file, part, offset, what was expected and found, what to do.
/// </summary>
internal sealed class ImageFile : IDisposable
{
    /// <summary>Bytes of a table that are read at most; a process with that many mappings cannot exist.</summary>
    private const int MaxSectionBytes = 1 << 30;

    private readonly SafeFileHandle _handle;

    private ImageFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public string Path { get; }

    public long Length { get; }

    public static ImageFile Open(string path)
    {
        // Opening a named pipe would wait for a writer that never comes.
        FileIdentity identity = FileIdentity.Of(path);
        if (!identity.IsRegularFile)
        {
            throw new ImageException($"{path}: not a regular file; give the path of a process image");
        }

        try
        {
            // Without a sharing mode .NET would take a lock on the file.
            return new ImageFile(
                path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{path}: cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Reads exactly the bytes of <paramref name="buffer"/>.</summary>
    public void Read(Span<byte> buffer, ulong offset, string part)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            int n;
            try
            {
                n = RandomAccess.Read(_handle, buffer[done..], (long)offset + done);
            }
            catch (IOException e)
            {
                throw Error(part, offset, $"cannot be read: {e.Message}", "check the disk");
            }

            if (n == 0)
            {
                throw Error(
                    part, offset, $"expected {buffer.Length} bytes, found {done}",
                    "the image is truncated; use another checkpoint");
            }

            done += n;
        }
    }

    /// <summary>Reads a section whose records are of type T and checks its count and checksum.</summary>
    public T[] ReadTable<T>(in ImageSection section, string part)
        where T : unmanaged
    {
        ulong size = (ulong)Marshal.SizeOf<T>();
        if (section.Length != section.Count * size)
        {
            throw Error(
                part, section.Offset,
                $"expected {section.Count} records of {size} bytes, found {section.Length} bytes");
        }

        var records = new T[Bounded(section, part) / (int)size];
        ReadChecked(section, MemoryMarshal.AsBytes(records.AsSpan()), part);
        return records;
    }

    /// <summary>Reads a section of bytes and checks its checksum.</summary>
    public byte[] ReadBytes(in ImageSection section, string part, int limit = MaxSectionBytes)
    {
        var bytes = new byte[Bounded(section, part, limit)];
        ReadChecked(section, bytes, part);
        return bytes;
    }

    public ImageException Error(
        string part, ulong offset, string found, string remedy = "the image is damaged; use another checkpoint") =>
        new($"{Path}: {part} at offset {offset}: {found}; {remedy}");

    public void Dispose() => _handle.Dispose();

    private int Bounded(in ImageSection section, string part, int limit = MaxSectionBytes) =>
        section.Length <= (ulong)limit
            ? (int)section.Length
            : throw Error(part, section.Offset, $"expected at most {limit} bytes, found {section.Length}");

    private void ReadChecked(in ImageSection section, Span<byte> into, string part)
    {
        Read(into, section.Offset, part);
        uint crc = Crc32C.Compute(into);
        if (crc != section.Crc)
        {
            throw Error(part, section.Offset, $"expected checksum {section.Crc:x8}, found {crc:x8}");
        }
    }
}
