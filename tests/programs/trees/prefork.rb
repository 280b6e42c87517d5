# A prefork server: children accept on one inherited socket, with threads; they talk to the parent
# through pipes; clients inside. Called with DIRECTORY GO PORT.
require 'socket'
require 'fileutils'

directory, go, port = ARGV
FileUtils.mkdir_p(directory)
Dir.chdir(directory)
$stdout.sync = true

listener = TCPServer.new('127.0.0.1', port.to_i)
reader, writer = IO.pipe

servers = 4.times.map do
  fork do
    reader.close
    trap('TERM') { exit!(3) }
    2.times.map do
      Thread.new do
        loop do
          connection = listener.accept
          while (line = connection.gets)
            sleep 0.001
            connection.puts line.chomp.reverse
          end
          connection.close
          writer.syswrite('.')
        end
      end
    end.each(&:join)
  end
end

loop do
  clients = 3.times.map do |n|
    fork do
      40.times do |i|
        connection = TCPSocket.new('127.0.0.1', port.to_i)
        5.times do |j|
          connection.puts "client #{n} #{i} #{j}"
          answer = connection.gets
          abort "got #{answer.inspect}" unless answer == "client #{n} #{i} #{j}".reverse + "\n"
        end
        connection.close
      end
    end
  end
  puts "clients #{clients.map { |pid| Process.wait2(pid)[1].exitstatus }.inspect}"
  count = 0
  count += reader.readpartial(120 - count).size while count < 120
  puts "connections #{count}"
  break if File.exist?(go)
end
Process.kill('TERM', *servers)
puts "servers #{servers.map { |pid| Process.wait2(pid)[1].exitstatus }.inspect}"
puts 'done'
