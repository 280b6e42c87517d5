using System.Buffers.Binary;

namespace Interpose.Tests.Unit.Linux;

/// <summary>A statically linked program, made here so that no compiler is needed: it waits until it is killed.</summary>
internal static class TinyProgram
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const ulong Base = 0x400000;

    /// <summary>Writes it.</summary>
    public static void Write(string path)
    {
        // mov eax, 34 (pause); syscall; jmp back
        byte[] code = [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7];
        byte[] file = new byte[HeaderSize + ProgramHeaderSize + code.Length];
        byte[] identification = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identification.CopyTo(file, 0);
        Short(16, 2); // ET_EXEC
        Short(18, 62); // EM_X86_64
        Short(20, 1);
        Long(24, Base + HeaderSize + ProgramHeaderSize); // entry
        Long(32, HeaderSize); // program headers
        Short(52, HeaderSize);
        Short(54, ProgramHeaderSize);
        Short(56, 1);
        Short(HeaderSize, 1); // PT_LOAD
        Short(HeaderSize + 4, 5); // PF_R | PF_X
        Long(HeaderSize + 16, Base);
        Long(HeaderSize + 32, (ulong)file.Length);
        Long(HeaderSize + 40, (ulong)file.Length);
        Long(HeaderSize + 48, 0x1000);
        code.CopyTo(file, HeaderSize + ProgramHeaderSize);
        File.WriteAllBytes(path, file);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        void Short(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        void Long(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }
}
