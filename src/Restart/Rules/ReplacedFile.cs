using System.Text;
using System.Text.Json;
using Interpose.Images.Metadata;
using Interpose.Resources.Outside;

namespace Interpose.Restart.Rules;

/// <summary>An open file that a rule names, and who has it.</summary>
/// <param name="File">What the image says of it.</param>
/// <param name="Description">What rules know it by.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Holders">Every fd that refers to it: process, its name, number.</param>
internal sealed record ReplacedFile(
    OpenFileDescription File, ObjectDescription Description, RestartRule Rule, IReadOnlyList<(int Pid, string Name, int Fd)> Holders)
{
    /// <summary>For messages.</summary>
    public string Subject => Holders.Count == 0
        ? Description.ToString()
        : $"{Description} (fd {Holders[0].Fd} of pid {Holders[0].Pid}, {Holders[0].Name})";

    /// <summary>What a hook reads.</summary>
    public byte[] ToJson()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            json.WriteString("kind", Description.Kind);
            json.WriteString("name", Description.Name);
            json.WriteString("path", File.Path);
            json.WriteString("local", Description.Local);
            json.WriteString("peer", Description.Peer);
            json.WriteNumber("flags", File.Flags);
            json.WriteNumber("offset", File.Offset);
            json.WriteNumber("unread", File.Payload.Length);
            if (File.Kind == OpenFileKind.Socket)
            {
                (int domain, int type) = ObjectDescription.SocketKind(File);
                json.WriteNumber("socketDomain", domain);
                json.WriteNumber("socketType", type);
            }

            json.WriteStartArray("holders");
            foreach ((int pid, string name, int fd) in Holders)
            {
                json.WriteStartObject();
                json.WriteNumber("pid", pid);
                json.WriteString("process", name);
                json.WriteNumber("fd", fd);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        memory.Write(Encoding.ASCII.GetBytes("\n"));
        return memory.ToArray();
    }
}
