using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Storage;

/// <summary>Turns what the processes reported into the manifest.</summary>
internal static class ManifestCommit
{
    /// <summary>Checks that every image is where and what its writer said, then writes the manifest.</summary>
    /// <exception cref="IOException">An image is not there, or the manifest cannot be written.</exception>
    public static void Write(CheckpointRecord record)
    {
        var manifest = new Manifest
        {
            Computation = record.Computation,
            Epoch = record.Epoch,
            CreatedNs = (record.Created - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick,
            Hosts = [.. record.Processes.Select(p => p.Hello.Host).Distinct(StringComparer.Ordinal)],
            Processes = [.. record.Processes.Select(p => Describe(record.Directory, p))],
        };
        ManifestWriter.Write(record.Directory, manifest);
    }

    private static ManifestProcess Describe(string directory, ProcessRecord process)
    {
        HelloMessage hello = process.Hello;
        ImageReport image = process.Image;
        string name = Path.GetFileName(image.Path);
        if (!CheckpointLayout.IsImageName(name))
        {
            throw new IOException($"process {hello.Pid} on {hello.Host} reported the image '{image.Path}', which is no image name");
        }

        FileIdentity identity = Identify(Path.Combine(directory, name), hello, image);
        return new ManifestProcess
        {
            Host = hello.Host,
            Pid = hello.Pid,
            ParentPid = hello.ParentPid,
            Comm = hello.Command,
            Executable = hello.Executable,
            ImageFile = name,
            ImageSize = image.ImageBytes,
            ImageCrc = image.Crc,
            ImageDevice = identity.Device,
            ImageInode = identity.Inode,
            ImageModifiedNs = identity.ModifiedNs,
            ImageChangedNs = identity.ChangedNs,
        };
    }

    private static FileIdentity Identify(string path, HelloMessage hello, ImageReport image)
    {
        if (!FileIdentity.TryOf(path, out FileIdentity identity, out int errno))
        {
            // On a host without a common file system the image is in the same place there; what it is will be
            // verified by reading it before a restart, because no identity matches.
            return hello.Host != Environment.MachineName
                ? default
                : throw new IOException($"{path}: the image cannot be found: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)}");
        }

        return (ulong)identity.Size == image.ImageBytes
            ? identity
            : throw new IOException($"{path}: the image has {identity.Size} bytes, its writer reported {image.ImageBytes}");
    }
}
