using System.Runtime.InteropServices;

namespace Interpose.Resources.Program;

/// <summary>struct ip_program of interpose_program.h.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgramHeader
{
    public const ulong ExpectedMagic = 0x31474F5250524E49;
    public const uint ExpectedVersion = 1;
    public const ulong Base = 0x1f0000800000;
    public const ulong ThreadStacks = 0x1f0002000000;
    public const ulong ThreadStackSize = 8192;
    public const ulong Staging = 0x1f0003800000;

    /// <summary>What fits between where the program and where the threads' stacks are.</summary>
    public const ulong MaxLength = ThreadStacks - Base;

    /// <summary>Results that can be kept.</summary>
    public const int MaxSlots = 262144;

    /// <summary>Threads whose stacks fit into the window.</summary>
    public const ulong MaxThreads = (Staging - ThreadStacks) / ThreadStackSize;

    public const ulong WindowBase = 0x1f0000000000;
    public const ulong WindowSize = 64 << 20;

    public ulong Magic;
    public uint Version;
    public uint OperationCount;
    public ulong DataOffset;
    public ulong Length;
    public ulong BulkOffset;
    public ulong BulkLength;
}
