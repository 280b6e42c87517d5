using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources;

/// <summary>User and group ids and capabilities of this process, proc_pid_status(5).</summary>
public static class OwnCredentials
{
    private const int GetSecureBits = 27; // PR_GET_SECUREBITS

    public static ProcessCredentials Read()
    {
        var status = new StatusFile("/proc/self/status");
        uint[] uids = Numbers(status["Uid"]), gids = Numbers(status["Gid"]);
        return new ProcessCredentials
        {
            RealUid = uids[0],
            EffectiveUid = uids[1],
            SavedUid = uids[2],
            FilesystemUid = uids[3],
            RealGid = gids[0],
            EffectiveGid = gids[1],
            SavedGid = gids[2],
            FilesystemGid = gids[3],
            Groups = Numbers(status["Groups"]),
            Permitted = Bits(status["CapPrm"]),
            Effective = Bits(status["CapEff"]),
            Inheritable = Bits(status["CapInh"]),
            Ambient = Bits(status["CapAmb"]),
            Bounding = Bits(status["CapBnd"]),
            SecureBits = (uint)Sys.Try(SyscallNumber.Prctl, GetSecureBits),
        };
    }

    private static ulong Bits(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static uint[] Numbers(string text) =>
        [.. text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(t => uint.Parse(t, CultureInfo.InvariantCulture))];
}
